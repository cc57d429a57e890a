import { op, type FloatType, type Value } from '@offerstream/onnx';

/**
 * softmax(q kᵀ / √d + bias) v (Vaswani et al., "Attention Is All You Need", NIPS 2017, equation 1).
 *
 * @param query [..., T, d]
 * @param key [..., S, d]
 * @param value [..., S, e]
 * @param bias broadcasts to [..., T, S]: 0 where a position may be looked at, a large negative number where not; see {@link causalBias}
 * @returns [..., T, e]
 */
export const scaledDotProductAttention = <T extends FloatType>(
  query: Value<T>,
  key: Value<T>,
  value: Value<T>,
  bias?: Value<T>,
): Value<T> => {
  const size = query.shape.at(-1) as number;
  const axes = [...key.shape.keys()];
  const swapped = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
  const scores = op.matMul(op.mul(query, 1 / Math.sqrt(size)), op.transpose(key, swapped));
  return op.matMul(op.softmax(bias === undefined ? scores : op.add(scores, bias)), value);
};

/** Far below any score, and finite, so that a row that may look at nothing has no NaN. */
const HIDDEN = -1e9;

/** [T, T] for the T positions along an axis of x: each may look at itself and at what came before. */
export const causalBias = <T extends FloatType>(x: Value<T>, axis: number): Value<T> => {
  const position = op.positions(x, axis);
  const later = op.greater(op.unsqueeze(position, 0), op.unsqueeze(position, 1));
  return op.where(later, x.graph.scalar(x.type, HIDDEN), 0);
};

/** Shaped as a mask, with {@link HIDDEN} where it is 0, for keys that are padding. */
export const maskBias = <T extends FloatType>(mask: Value<T>): Value<T> =>
  op.where(op.equal(mask, 0), mask.graph.scalar(mask.type, HIDDEN), 0);
