import { op, type Dimension, type Value } from '@offerstream/onnx';
import { scaledDotProductAttention } from '../operations/attention.js';
import type { Parameters } from '../parameters.js';
import { dense } from './dense.js';

/**
 * Attention of a sequence's positions to each other, with several heads (Vaswani et al., NIPS 2017, section 3.2.2).
 *
 * @param name of its parameters `name/in` (query, key and value together) and `name/out`
 * @param x [B, T, size]
 * @param heads divides size
 * @param bias broadcasts to [B, heads, T, T], for example `causalBias(x, 1)`
 * @returns [B, T, size]
 */
export const selfAttention = (
  parameters: Parameters,
  name: string,
  x: Value<'float32'>,
  heads: number,
  bias?: Value<'float32'>,
): Value<'float32'> => {
  const [batch, length, size] = x.shape as readonly [Dimension, Dimension, number];
  const [query, key, value] = op.split(dense(parameters, `${name}/in`, x, 3 * size), 2, [size, size, size]);
  const byHead = (part: Value<'float32'>): Value<'float32'> =>
    op.transpose(op.reshape(part, [batch, length, heads, size / heads]), [0, 2, 1, 3]);
  const attended = scaledDotProductAttention(byHead(query), byHead(key), byHead(value), bias);
  return dense(parameters, `${name}/out`, op.reshape(op.transpose(attended, [0, 2, 1, 3]), x.shape), size);
};
