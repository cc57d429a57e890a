import { op, type Value } from '@offerstream/onnx';
import type { Parameters } from '../parameters.js';

/**
 * Images as the layers for images hand them on. In a graph that trains they stand side by side, [C, H, W, N]: a convolution is then one
 * matrix product over all of them, and what belongs to a channel lies together. In other graphs they stay as they are, which is what ONNX
 * Runtime has kernels for.
 *
 * @param x [N, C, H, W] of known C, H and W
 */
export const imageInput = ({ training }: Parameters, x: Value<'float32'>): Value<'float32'> =>
  training ? op.transpose(x, [1, 2, 3, 0]) : x;

/** How many channels images have. */
export const channelsOf = ({ training }: Parameters, x: Value<'float32'>): number =>
  x.shape[training ? 0 : 1] as number;

/**
 * The mean of each channel over each image.
 *
 * @param x of {@link imageInput}
 * @returns [N, C]
 */
export const imageMean = ({ training }: Parameters, x: Value<'float32'>): Value<'float32'> =>
  training
    ? op.transpose(op.reduceMean(x, [1, 2], { keepDims: false }), [1, 0])
    : op.reduceMean(x, [2, 3], { keepDims: false });
