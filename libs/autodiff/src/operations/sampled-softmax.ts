import { op, type FloatType, type Value } from '@offerstream/onnx';
import { negativeLogLikelihood } from './negative-log-likelihood.js';

/** Classes that a batch shares as its negatives, and how they were drawn. */
export interface SampledNegatives<T extends FloatType> {
  /** [S] */
  readonly classes: Value<'int64'>;
  /** [S]: logarithm of how often each is expected among the negatives. */
  readonly logCounts: Value<T>;
  /** [N]: the same for each row's target. */
  readonly targetLogCounts: Value<T>;
}

/** Below any score, so that a negative that is the row's target does not count. */
const EXCLUDED = -1e9;

/**
 * Cross-entropy of each row against its target and the shared negatives, with the scores corrected for how the negatives were drawn
 * (Jean, Cho, Memisevic, Bengio, "On Using Very Large Target Vocabulary", ACL 2015).
 *
 * @param rows [N, d]
 * @param vectors of all classes, [V, d]
 * @param targets [N], each in 0 … V − 1
 * @returns [N], in nats
 */
export const sampledNegativeLogLikelihood = <T extends FloatType>(
  rows: Value<T>,
  vectors: Value<T>,
  targets: Value<'int64'>,
  negatives: SampledNegatives<T>,
): Value<T> => {
  const own = op.reduceSum(op.mul(rows, op.gather(vectors, targets)), [1], { keepDims: true });
  const others = op.gemm(rows, op.gather(vectors, negatives.classes), { transB: true });
  const hits = op.equal(op.unsqueeze(negatives.classes, 0), op.unsqueeze(targets, 1));
  const corrected = op.sub(others, negatives.logCounts);
  const scores = op.concat(
    [
      op.sub(own, op.unsqueeze(negatives.targetLogCounts, 1)),
      op.where(hits, rows.graph.scalar(rows.type, EXCLUDED), corrected),
    ],
    1,
  );
  return negativeLogLikelihood(scores, op.mul(targets, 0));
};
