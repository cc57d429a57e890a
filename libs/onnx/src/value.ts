import type { Graph } from './graph.js';
import type { Shape } from './shape.js';
import type { ElementType } from './tensor.js';

/** A tensor that flows through a graph: an input, an initializer or the output of a node. */
export interface Value<T extends ElementType = ElementType> {
  readonly graph: Graph;
  readonly name: string;
  readonly type: T;
  readonly shape: Shape;
}
