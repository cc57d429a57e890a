import { op, type Value } from '@offerstream/onnx';
import { uniform } from '../initializers.js';
import type { Parameters } from '../parameters.js';

export interface ConvolutionOptions {
  /** Of the result. */
  readonly channels: number;
  /** Height and width of the kernels. */
  readonly kernel: number;
  /** Default 1. */
  readonly stride?: number;
  /** Rows and columns of zeros around the image; default 0. */
  readonly padding?: number;
}

/**
 * A convolution without a bias, which a normalization after it would take away. The kernels begin uniform in ± √(6 / inputs), so that
 * rectified activations keep their size (He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015).
 *
 * @param name of its parameter [channels, channels of x, kernel, kernel]
 * @param x [N, C, H, W] of known C, H and W
 */
export const convolution = (
  parameters: Parameters,
  name: string,
  x: Value<'float32'>,
  { channels, kernel, stride = 1, padding = 0 }: ConvolutionOptions,
): Value<'float32'> => {
  const inputs = x.shape[1] as number;
  const initializer = uniform(Math.sqrt(6 / (inputs * kernel * kernel)));
  return op.conv(x, parameters.get(name, [channels, inputs, kernel, kernel], initializer), { stride, padding });
};
