export { decodeImage, type DecodeOptions } from './images/decode-image.js';
export { ImageRefusal, type ImageRefusalCode } from './images/image-refusal.js';
export { jpegOf } from './images/jpeg-of.js';
export { normaliseImage } from './images/normalise-image.js';
export { MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS } from './images/open-photo.js';
export type { RgbImage } from './images/rgb-image.js';
export { HANDCRAFTED_DIMENSIONS, HANDCRAFTED_SIZE, handcraftedFeatures } from './features/handcrafted-features.js';
