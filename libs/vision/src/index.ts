export { checkPhotos, type CheckedPhoto, type CheckedPhotos, type UnreadablePhoto } from './data/check-photos.js';
export { drawSplits, givenSplits, type SplitPhoto } from './data/draw-splits.js';
export { SPLITS, type LabelledPhoto, type PhotoSet, type Split } from './data/labelled-photo.js';
export { openClassFolders, openLabelledPhotos } from './data/open-photos.js';
export {
  checkTeachable,
  photoReport,
  photoReportLines,
  type ClassCounts,
  type PhotoReport,
} from './data/photo-report.js';
export { decodeImage, type DecodeOptions } from './images/decode-image.js';
export { ImageRefusal, type ImageRefusalCode } from './images/image-refusal.js';
export { jpegOf } from './images/jpeg-of.js';
export { normaliseImage } from './images/normalise-image.js';
export { MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS } from './images/open-photo.js';
export type { RgbImage } from './images/rgb-image.js';
export type { Augmentation, LabelledImages } from './networks/image-batch.js';
export type { ImageNetwork } from './networks/image-network.js';
export { resNet18, type ResNet18Options } from './networks/resnet18.js';
export { resNet18Weights } from './networks/resnet18-weights.js';
export { smallCnn } from './networks/small-cnn.js';
export {
  trainImageNetwork,
  type ImageTrainingOptions,
  type ImageTrainingProgress,
  type TrainedImageNetwork,
} from './networks/train-image-network.js';
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
export { HANDCRAFTED_DIMENSIONS, HANDCRAFTED_SIZE, handcraftedFeatures } from './features/handcrafted-features.js';
export { handcraftedNetwork } from './backbone/handcrafted-network.js';
export { backboneOf, photoNetworkOf, type BackboneOptions, type PhotoNetwork } from './backbone/photo-network.js';
export {
  PIXEL_NORMALISATIONS,
  type PixelNormalisation,
  type PixelNormalisationName,
} from './backbone/pixel-normalisation.js';
export { HEAD_KINDS, type HeadKind } from './heads/head.js';
export type { Classification } from './metrics/classification.js';
export { FeatureCache } from './training/feature-cache.js';
export {
  learnFromPhotos,
  type LearnedPhotos,
  type PhotoLearningOptions,
  type PhotoToLearn,
} from './training/learn-photos.js';
export type { MeasuredPhotos } from './training/head-judge.js';
export {
  imageClassifierCard,
  imageClassifierMetrics,
  type IllustratedCard,
  type ImageClassifierMetrics,
} from './card/image-classifier-card.js';
