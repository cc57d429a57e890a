import type { Value } from '@offerstream/onnx';
import type { Float, InputGradients, OutputGradients } from '../gradient-rule.js';

/** Groups of nodes whose gradient is not put together from those of their nodes. */
export const OPERATIONS_WITH_OWN_GRADIENT = [
  'NegativeLogLikelihood',
  'LstmSequence',
  'BatchNormalization',
  'ImageConvolution',
  'ImageMaximum',
] as const;

export interface OwnGradient {
  readonly operation: (typeof OPERATIONS_WITH_OWN_GRADIENT)[number];
  readonly inputs: readonly Float[];
  /** All values through which the rest of the graph sees the operation. */
  readonly outputs: readonly Float[];
  readonly gradient: (gradients: OutputGradients) => InputGradients;
}

const operations = new WeakMap<Value, OwnGradient>();

/** Says that the nodes that lead from some inputs to some outputs have this gradient together. */
export const haveOwnGradient = (operation: OwnGradient): void => {
  for (const output of operation.outputs) operations.set(output, operation);
};

/** The operation that a value is an output of, where it has a gradient of its own. */
export const ownGradientOf = (value: Value): OwnGradient | undefined => operations.get(value);
