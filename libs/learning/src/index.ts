export { HISTORY_LENGTH, SERVED, evaluateModel, type EvaluationOptions } from './evaluate.js';
export { collaborativeGraph, type FactorModel } from './families/collaborative.js';
export { factorize, type Factors, type FactorizationOptions } from './factorization.js';
export type { SparseRows } from './implicit-least-squares.js';
export { earlierPart, interactionLog, type Interaction, type InteractionLog } from './interaction-log.js';
export type { InteractionWeights } from './interaction-weight.js';
export {
  createPrequential,
  PREQUENTIAL_CUTOFF,
  type HitRate,
  type Prequential,
  type PrequentialEvent,
  type PrequentialReport,
} from './prequential.js';
export { RESULTS, type Catalog } from './retrieval-graph.js';
