export { decodeImage, type DecodeOptions } from './images/decode-image.js';
export { ImageRefusal, type ImageRefusalCode } from './images/image-refusal.js';
export { normaliseImage } from './images/normalise-image.js';
export { MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS } from './images/open-photo.js';
export type { RgbImage } from './images/rgb-image.js';
export { VisionError, type VisionErrorCode } from './errors.js';
export { IMAGE_MODEL, type ImageModelDescription } from './stored/image-model-description.js';
export {
  IMAGE_MODEL_FILE,
  imageModelFiles,
  readImageModel,
  type ImageModel,
  type ImageModelInput,
  type ImageModelVersion,
} from './stored/image-model-files.js';
export { posterior, priorsWith } from './stored/posterior.js';
