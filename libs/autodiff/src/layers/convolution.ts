import { op, type Value } from '@offerstream/onnx';
import { uniform } from '../initializers.js';
import { imageConvolution } from '../operations/image-windows.js';
import type { Windows } from '../operations/window-places.js';
import type { Parameters } from '../parameters.js';
import { channelsOf } from './image-layout.js';

export interface ConvolutionOptions extends Windows {
  /** Of the result. */
  readonly channels: number;
}

/**
 * A convolution without a bias, which a normalization after it would take away. The kernels begin uniform in ± √(6 / inputs), so that
 * rectified activations keep their size (He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015).
 *
 * @param name of its parameter [channels, channels of x, kernel, kernel]
 * @param x of `imageInput`
 */
export const convolution = (
  parameters: Parameters,
  name: string,
  x: Value<'float32'>,
  options: ConvolutionOptions,
): Value<'float32'> => {
  const { channels, kernel } = options;
  const inputs = channelsOf(parameters, x);
  const initializer = uniform(Math.sqrt(6 / (inputs * kernel * kernel)));
  const kernels = parameters.get(name, [channels, inputs, kernel, kernel], initializer);
  return parameters.training ? imageConvolution(x, kernels, options) : op.conv(x, kernels, options);
};
