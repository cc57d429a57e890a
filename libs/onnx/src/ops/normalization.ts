import type { Dimension } from '../shape.js';
import type { FloatType } from '../tensor.js';
import type { Value } from '../value.js';
import { NodeCheck } from './check.js';

const overLastAxis = <T extends FloatType>(operator: string, x: Value<T>): Value<T> => {
  const check = new NodeCheck(x.graph, operator);
  check.type('input', x, 'float32', 'float64');
  const axis = check.axis('input', x, -1);
  const [y] = x.graph.node({
    operator,
    inputs: [x],
    attributes: { axis },
    outputs: [{ type: x.type, shape: x.shape }],
  });
  return y as Value<T>;
};

/** exp(x) over its sum along the last axis. */
export const softmax = <T extends FloatType>(x: Value<T>): Value<T> => overLastAxis('Softmax', x);
/** The logarithm of {@link softmax}. */
export const logSoftmax = <T extends FloatType>(x: Value<T>): Value<T> => overLastAxis('LogSoftmax', x);

/**
 * (x − mean) / √(variance + epsilon) · scale + bias over the last axis (Ba, Kiros, Hinton, "Layer Normalization", 2016).
 *
 * @param scale [d]
 * @param bias [d]
 * @returns the result, and what it was made with: mean and 1 / √(variance + epsilon), [..., 1]
 */
export const layerNormalization = (
  x: Value<'float32'>,
  scale: Value<'float32'>,
  bias: Value<'float32'>,
  epsilon: number,
): { readonly y: Value<'float32'>; readonly mean: Value<'float32'>; readonly inverseDeviation: Value<'float32'> } => {
  const check = new NodeCheck(x.graph, 'LayerNormalization');
  check.type('input', x, 'float32');
  const axis = check.axis('input', x, -1);
  for (const [name, value] of Object.entries({ scale, bias })) {
    check.sameType(x, value);
    check.rank(name, value, 1);
    check.dimension(name, value.shape[0] as Dimension, x.shape[axis] as Dimension);
  }
  const moments = { type: x.type, shape: x.shape.with(axis, 1) };
  const [y, mean, inverseDeviation] = x.graph.node({
    operator: 'LayerNormalization',
    inputs: [x, scale, bias],
    attributes: { axis, epsilon: { float: epsilon } },
    outputs: [{ type: x.type, shape: x.shape }, moments, moments],
  }) as readonly [Value<'float32'>, Value<'float32'>, Value<'float32'>];
  return { y, mean, inverseDeviation };
};
