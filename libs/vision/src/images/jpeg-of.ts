import type { RgbImage } from './rgb-image.js';
import { vips } from './vips.js';

const QUALITY = 90;

/** Pixels as the bytes of a JPEG. */
export const jpegOf = ({ width, height, data }: RgbImage): Promise<Uint8Array> =>
  vips(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
