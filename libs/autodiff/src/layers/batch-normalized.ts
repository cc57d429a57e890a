import { op, type Value } from '@offerstream/onnx';
import { constant } from '../initializers.js';
import { batchNormalization } from '../operations/batch-normalization.js';
import type { Parameters } from '../parameters.js';
import { channelsOf } from './image-layout.js';

const EPSILON = 1e-5;
/** How much of the running mean and variance a batch replaces. */
const MOMENTUM = 0.1;

/**
 * Batch normalization by channel, with a scale and a bias that are learned: by the batch's mean and variance in training, and by their
 * running means otherwise (Ioffe, Szegedy, ICML 2015).
 *
 * @param name of its parameters `name/scale`, `name/bias`, `name/mean` and `name/variance`
 * @param x of `imageInput`, with more than one element a channel
 */
export const batchNormalized = (parameters: Parameters, name: string, x: Value<'float32'>): Value<'float32'> => {
  const channels = channelsOf(parameters, x);
  const scale = parameters.get(`${name}/scale`, [channels], constant(1));
  const bias = parameters.get(`${name}/bias`, [channels], constant(0));
  const meanOf = (next?: Next) => parameters.running(`${name}/mean`, [channels], constant(0), next);
  const varianceOf = (next?: Next) => parameters.running(`${name}/variance`, [channels], constant(1), next);
  if (!parameters.training) {
    return op.batchNormalization(x, { scale, bias, mean: meanOf(), variance: varianceOf() }, EPSILON);
  }
  const { y, mean, variance } = batchNormalization(x, scale, bias, EPSILON);
  const towards =
    (batch: Value<'float32'>): Next =>
    (current) =>
      op.add(op.mul(current, 1 - MOMENTUM), op.mul(op.reshape(batch, [channels]), MOMENTUM));
  meanOf(towards(mean));
  // The variance of what the batch was drawn from: n / (n − 1) times that of the batch.
  const count = op.div(op.cast(op.size(x), 'float32'), channels);
  varianceOf(towards(op.mul(variance, op.div(count, op.sub(count, 1)))));
  return y;
};

type Next = (current: Value<'float32'>) => Value<'float32'>;
