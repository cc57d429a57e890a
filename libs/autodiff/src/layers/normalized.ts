import { op, type Value } from '@offerstream/onnx';
import { constant } from '../initializers.js';
import type { Parameters } from '../parameters.js';

const EPSILON = 1e-5;

/**
 * Layer normalization over the last axis, with a scale and a bias that are learned.
 *
 * @param name of its parameters `name/scale` and `name/bias`
 */
export const layerNormalized = (parameters: Parameters, name: string, x: Value<'float32'>): Value<'float32'> => {
  const size = x.shape.at(-1) as number;
  const scale = parameters.get(`${name}/scale`, [size], constant(1));
  const bias = parameters.get(`${name}/bias`, [size], constant(0));
  return op.layerNormalization(x, scale, bias, EPSILON).y;
};
