export { checkPhotos } from './data/check-photos.js';
export { drawSplits, givenSplits } from './data/draw-splits.js';
export type { Split } from './data/labelled-photo.js';
export { openClassFolders, openLabelledPhotos } from './data/open-photos.js';
export { checkTeachable, photoReport, photoReportLines } from './data/photo-report.js';
export { decodeImage } from './images/decode-image.js';
export { ImageRefusal, type ImageRefusalCode } from './images/image-refusal.js';
export { jpegOf } from './images/jpeg-of.js';
export { normaliseImage } from './images/normalise-image.js';
export { MAX_IMAGE_PIXELS } from './images/image-limits.js';
export type { LabelledImages } from './networks/image-batch.js';
export type { ImageNetwork } from './networks/image-network.js';
export { resNet18 } from './networks/resnet18.js';
export { resNet18Weights } from './networks/resnet18-weights.js';
export { smallCnn } from './networks/small-cnn.js';
export { LEARNING_RATES, trainImageNetwork } from './networks/train-image-network.js';
export { VisionError } from './errors.js';
export { IMAGE_MODEL, type ImageModelDescription } from './stored/image-model-description.js';
export {
  IMAGE_MODEL_FILE,
  imageModelFiles,
  readImageModel,
  type ImageModel,
  type ImageModelInput,
} from './stored/image-model-files.js';
export { posterior, priorsWith } from './stored/posterior.js';
export { HANDCRAFTED_SIZE, handcraftedFeatures } from './features/handcrafted-features.js';
export { handcraftedNetwork } from './backbone/handcrafted-network.js';
export { backboneOf, photoNetworkOf, type BackboneOptions, type PhotoNetwork } from './backbone/photo-network.js';
export { PIXEL_NORMALISATIONS, type PixelNormalisationName } from './backbone/pixel-normalisation.js';
export { HEAD_KINDS, type HeadKind } from './heads/head.js';
export { FeatureCache } from './training/feature-cache.js';
export { learnFromPhotos, type LearnedPhotos, type PhotoToLearn } from './training/learn-photos.js';
export type { MeasuredPhotos } from './training/head-judge.js';
export {
  imageClassifierCard,
  imageClassifierMetrics,
  type ImageClassifierMetrics,
} from './card/image-classifier-card.js';
export { EFFICIENTNET_LITE0, efficientNetLite0 } from './torch/efficientnet-lite0.js';
export { readTorchWeights } from './torch/read-torch-weights.js';
export { TorchFileError } from './torch/torch-file-error.js';
