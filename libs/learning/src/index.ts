export { collaborativeGraph, type FactorModel } from './families/collaborative.js';
export { RESULTS, type Catalog } from './retrieval-graph.js';
export type { InteractionWeights } from './interaction-weight.js';
