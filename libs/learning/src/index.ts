export { LearningError, type LearningErrorCode } from './errors.js';
export { evaluateModel } from './evaluate.js';
export { evaluateNewItems, titleRecall, type NewItemsOptions, type NewItemsReport } from './evaluate-new-items.js';
export { evaluateOrders, type OrderEvaluationOptions, type OrderHitRate } from './evaluate-orders.js';
export { factorize, type Factors, type FactorizationOptions } from './factorization.js';
export { collaborativeExplanation, collaborativeGraph, type FactorModel } from './families/collaborative.js';
export { FAMILY_NAMES, type FamilyName } from './families/index.js';
export { comparableVectors, type ItemVector, type ItemVectors } from './fusion/item-vectors.js';
export type { Encoder } from './fusion/newcomers-file.js';
export { HISTORY_LENGTH } from './history-window.js';
export type { SparseRows } from './implicit-least-squares.js';
export { earlierPart, interactionLog, type Interaction, type InteractionLog } from './interaction-log.js';
export type { InteractionWeights } from './interaction-weight.js';
export { listModels, removeVersion, storeVersion, type StoredVersion, type VersionContents } from './model-versions.js';
export { modelName, pruneVersions, removeModel, storeModel, type StoredModel } from './model-repository.js';
export {
  createPrequential,
  PREQUENTIAL_CUTOFF,
  type HitRate,
  type Prequential,
  type PrequentialEvent,
  type PrequentialReport,
} from './prequential.js';
export { NEW_ITEMS_CUTOFF } from './new-items.js';
export { MOST_POPULAR } from './popularity.js';
export {
  contentItems,
  placeNewItems,
  type ContentItems,
  type ExtendedModel,
  type PlaceNewItemsOptions,
} from './place-new-items.js';
export { RESULTS, type Catalog } from './ranker.js';
export { SERVED, type ServingOptions } from './served-lists.js';
export { trainModel, type TrainingOptions, type TrainingProgress } from './train-model.js';
export type { ModelMetrics, TrainedModel } from './trained-model.js';
export type { TensorConfig } from './triton-config.js';
