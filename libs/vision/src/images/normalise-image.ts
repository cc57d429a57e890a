import { openPhoto } from './open-photo.js';

const QUALITY = 85;

export interface NormaliseOptions {
  readonly longestSide: number;
  /** Whose photo it is: where many wait, owners take turns. */
  readonly owner?: string;
}

/**
 * A photo as it is kept: a JPEG without metadata, upright, in sRGB, no side longer than `longestSide` pixels; a smaller one keeps its size.
 * Takes and refuses what `decodeImage` does.
 *
 * @param signal fires when nobody waits for the photo any more
 * @throws ImageRefusal for bytes that are no photo, damaged or too large; the signal's reason
 */
export const normaliseImage = (
  bytes: Uint8Array,
  { longestSide, owner }: NormaliseOptions,
  signal?: AbortSignal,
): Promise<Uint8Array> =>
  openPhoto(
    bytes,
    (photo) =>
      photo
        .resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true })
        .jpeg({ quality: QUALITY })
        .toBuffer(),
    { signal, owner },
  );
