import { openPhoto } from './open-photo.js';
import type { RgbImage } from './rgb-image.js';

export interface DecodeOptions {
  readonly width: number;
  readonly height: number;
  /** How a photo of other proportions fits: `fill` stretches it, `cover` cuts off what stands out on both sides. */
  readonly resize: 'fill' | 'cover';
}

/**
 * Decodes a JPEG, PNG or WebP, told by its content, to exactly `width` x `height` pixels. It is turned as its EXIF data says and converted to
 * sRGB; transparency becomes white; of an animated one the first frame is taken. A few are decoded at a time, further ones wait.
 *
 * @param signal fires when nobody waits for the photo any more: it is not decoded where that has not begun
 * @throws ImageRefusal for bytes that are no such photo, damaged or too large; the signal's reason
 */
export const decodeImage = (
  bytes: Uint8Array,
  { width, height, resize }: DecodeOptions,
  signal?: AbortSignal,
): Promise<RgbImage> =>
  openPhoto(
    bytes,
    async (photo) => {
      const { data, info } = await photo
        .resize({ width, height, fit: resize })
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true });
      return {
        width: info.width,
        height: info.height,
        data: new Uint8Array(data.buffer, data.byteOffset, data.length),
      };
    },
    { signal },
  );
