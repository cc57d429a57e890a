export * from './errors.js';
export type { GraphNode } from './encode-model.js';
export { Graph, type NodeSpecification } from './graph.js';
export { OnnxModel } from './model.js';
export * as op from './ops/index.js';
export type { Dimension, Shape } from './shape.js';
export { scalar, tensor, vector, type ElementType, type FloatType, type NumberType, type Tensor } from './tensor.js';
export type { Value } from './value.js';
