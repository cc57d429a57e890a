import { op, type FloatType, type Value } from '@offerstream/onnx';
import type { Float } from '../gradient-rule.js';
import { haveOwnGradient } from './own-gradient.js';

const keepDims = { keepDims: true };

/**
 * (x − mean) / √(variance + epsilon) · scale + bias, with mean and variance of the batch by channel (Ioffe, Szegedy, "Batch
 * Normalization", ICML 2015, algorithm 1).
 *
 * @param x [N, C, H, W]
 * @param scale [C, 1, 1]
 * @param bias [C, 1, 1]
 * @returns the result; mean and variance, [1, C, 1, 1] each, have no gradient
 */
export const batchNormalization = <T extends FloatType>(
  x: Value<T>,
  scale: Value<T>,
  bias: Value<T>,
  epsilon: number,
): { readonly y: Value<T>; readonly mean: Value<T>; readonly variance: Value<T> } => {
  const one = x.graph.scalar(x.type, 1);
  const average = <V extends FloatType>(value: Value<V>): Value<V> => op.reduceMean(value, [0, 2, 3], keepDims);
  const mean = average(x);
  const centered = op.sub(x, mean);
  const variance = average(op.mul(centered, centered));
  const inverseDeviation = op.div(one, op.sqrt(op.add(variance, epsilon)));
  const normalized = op.mul(centered, inverseDeviation);
  const y = op.add(op.mul(normalized, scale), bias);

  haveOwnGradient({
    operation: 'BatchNormalization',
    inputs: [x, scale, bias],
    outputs: [y],
    gradient: ([incoming]) => {
      const g = incoming as Float;
      const along = op.mul<FloatType>(g, normalized);
      const byChannel = (value: Float): Float =>
        op.reshapeLike(op.reduceSum(value, [0, 2, 3], { keepDims: false }), scale);
      return [
        () => {
          const rest = op.sub(op.sub(g, average(g)), op.mul<FloatType>(normalized, average(along)));
          return op.mul(rest, op.mul<FloatType>(inverseDeviation, scale));
        },
        () => byChannel(along),
        () => byChannel(g),
      ];
    },
  });
  return { y, mean, variance };
};
