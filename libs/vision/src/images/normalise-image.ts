import { openPhoto } from './open-photo.js';

const QUALITY = 85;

/**
 * A photo as it is kept: a JPEG without metadata, upright, in sRGB, no side longer than `longestSide` pixels; a smaller one keeps its size.
 * Takes and refuses what `decodeImage` does.
 *
 * @throws ImageRefusal for bytes that are no photo, damaged or too large
 */
export const normaliseImage = (
  bytes: Uint8Array,
  { longestSide }: { readonly longestSide: number },
): Promise<Uint8Array> =>
  openPhoto(bytes, (photo) =>
    photo
      .resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality: QUALITY })
      .toBuffer(),
  );
