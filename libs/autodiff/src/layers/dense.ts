import { op, type Value } from '@offerstream/onnx';
import { constant, glorotUniform, type Initializer } from '../initializers.js';
import type { Parameters } from '../parameters.js';

/**
 * x W + b over the last axis.
 *
 * @param name of its parameters `name/weights` [inputs, size] and `name/bias` [size]
 * @param x [..., inputs]
 * @returns [..., size]
 */
export const dense = (
  parameters: Parameters,
  name: string,
  x: Value<'float32'>,
  size: number,
  initializer: Initializer = glorotUniform,
): Value<'float32'> => {
  const weights = parameters.get(`${name}/weights`, [x.shape.at(-1) as number, size], initializer);
  const bias = parameters.get(`${name}/bias`, [size], constant(0));
  return x.shape.length === 2 ? op.gemm(x, weights, { plus: bias }) : op.add(op.matMul(x, weights), bias);
};
