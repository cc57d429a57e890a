import { op, type FloatType, type Value } from '@offerstream/onnx';
import type { Float } from '../gradient-rule.js';
import { haveOwnGradient } from './own-gradient.js';

/**
 * −log softmax(logits)[target] of each row: cross-entropy in nats, before it is averaged.
 *
 * @param logits [N, V]
 * @param targets [N], each in 0 … V − 1
 * @returns [N]
 */
export const negativeLogLikelihood = <T extends FloatType>(logits: Value<T>, targets: Value<'int64'>): Value<T> => {
  const logProbabilities = op.logSoftmax(logits);
  const positions = op.unsqueeze(targets, 1);
  const loss = op.neg(op.squeeze(op.gatherElements(logProbabilities, positions, 1), 1));
  haveOwnGradient({
    operation: 'NegativeLogLikelihood',
    inputs: [logits],
    outputs: [loss],
    gradient: ([g]) => [
      () => {
        // g · (softmax − one-hot), in three passes over [N, V].
        const rows = op.unsqueeze(g as Float, 1);
        const softmax = op.mul(op.exp<FloatType>(logProbabilities), rows);
        return op.scatterElements(softmax, positions, op.neg(rows), 1, 'add');
      },
    ],
  });
  return loss;
};

/**
 * The mean of losses, each with a weight: Σ w x / Σ w.
 *
 * @param losses [N]
 * @param weights [N], not all 0; 0 leaves a row out.
 */
export const weightedMean = <T extends FloatType>(losses: Value<T>, weights: Value<T>): Value<T> =>
  op.div(
    op.reduceSum(op.mul(losses, weights), [0], { keepDims: false }),
    op.reduceSum(weights, [0], { keepDims: false }),
  );
