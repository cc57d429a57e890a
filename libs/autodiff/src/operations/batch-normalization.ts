import { op, type FloatType, type Value } from '@offerstream/onnx';
import type { Float } from '../gradient-rule.js';
import { haveOwnGradient } from './own-gradient.js';

/** All axes but that of the channels. */
const AXES = [1, 2, 3];
const keepDims = { keepDims: true };

/**
 * (x − mean) / √(variance + epsilon) · scale + bias, with mean and variance of the batch by channel (Ioffe, Szegedy, "Batch
 * Normalization", ICML 2015, algorithm 1).
 *
 * @param x [C, H, W, N]
 * @param scale [C]
 * @param bias [C]
 * @returns the result; mean and variance, [C, 1, 1, 1] each, have no gradient
 */
export const batchNormalization = <T extends FloatType>(
  x: Value<T>,
  scale: Value<T>,
  bias: Value<T>,
  epsilon: number,
): { readonly y: Value<T>; readonly mean: Value<T>; readonly variance: Value<T> } => {
  const channels = x.shape[0] as number;
  const broadcast = <V extends FloatType>(value: Value<V>): Value<V> => op.reshape(value, [channels, 1, 1, 1]);
  const average = <V extends FloatType>(value: Value<V>): Value<V> => op.reduceMean(value, AXES, keepDims);
  const mean = average(x);
  const centered = op.sub(x, mean);
  const variance = average(op.mul(centered, centered));
  const inverseDeviation = op.div(x.graph.scalar(x.type, 1), op.sqrt(op.add(variance, epsilon)));
  const factor = op.mul(inverseDeviation, broadcast(scale));
  const y = op.add(op.mul(centered, factor), broadcast(bias));

  haveOwnGradient({
    operation: 'BatchNormalization',
    inputs: [x, scale, bias],
    outputs: [y],
    gradient: ([incoming]) => {
      const g = incoming as Float;
      const along = average(op.mul<FloatType>(g, centered));
      const level = average(g);
      const count = op.div(op.cast(op.size(x), x.type), channels);
      const byChannel = (means: Float): Float => op.reshape(op.mul<FloatType>(means, count), [channels]);
      return [
        () => {
          const slope = op.mul<FloatType>(along, op.mul(inverseDeviation, inverseDeviation));
          return op.mul<FloatType>(op.sub(op.sub(g, level), op.mul<FloatType>(centered, slope)), factor);
        },
        () => byChannel(op.mul<FloatType>(along, inverseDeviation)),
        () => byChannel(level),
      ];
    },
  });
  return { y, mean, variance };
};
