import { formatShape, type Dimension } from '../shape.js';
import type { FloatType } from '../tensor.js';
import type { Value } from '../value.js';
import { NodeCheck } from './check.js';

type Single = Value<'float32'>;

export interface WindowOptions {
  /** How far a window moves, down and to the right; default 1. */
  readonly stride?: number;
  /** Rows and columns around the image that count as zeros, or as nothing for a maximum; default 0. */
  readonly padding?: number;
}

export interface ConvOptions extends WindowOptions {
  /** How far apart the kernel's elements lie in the image; default 1. */
  readonly dilation?: number;
  /** Added to each channel of the result, [channels out]. */
  readonly plus?: Single;
}

/**
 * Cross-correlation of images with kernels.
 *
 * @param x [N, channels in, H, W]
 * @param kernels [channels out, channels in, height, width]
 */
export const conv = (x: Single, kernels: Single, options: ConvOptions = {}): Single => {
  const { stride = 1, padding = 0, dilation = 1, plus } = options;
  const check = new NodeCheck(x.graph, 'Conv');
  check.rank('input', x, 4);
  check.rank('kernels', kernels, 4);
  check.dimension('channels of the kernels', kernels.shape[1] as Dimension, x.shape[1] as Dimension);
  if (plus !== undefined) {
    check.rank('bias', plus, 1);
    check.dimension('bias', plus.shape[0] as Dimension, kernels.shape[0] as Dimension);
  }
  const sizes = [2, 3].map((axis) => {
    const reach = dilation * (known(check, kernels, axis) - 1) + 1;
    return windows(check, known(check, x, axis), reach, stride, padding);
  });
  const [y] = x.graph.node({
    operator: 'Conv',
    inputs: plus === undefined ? [x, kernels] : [x, kernels, plus],
    attributes: { ...windowAttributes(stride, padding), dilations: [dilation, dilation] },
    outputs: [{ type: 'float32', shape: [x.shape[0] as Dimension, kernels.shape[0] as Dimension, ...sizes] }],
  });
  return y as Single;
};

/**
 * Spreads each element over a window, as a convolution gathered it: {@link conv} the other way round.
 *
 * @param x [N, channels in, H, W]
 * @param kernels [channels in, channels out, height, width]
 * @param size height and width of the result: of the sizes from which a convolution comes to x's
 */
export const convTranspose = (
  x: Single,
  kernels: Single,
  size: readonly [number, number],
  { stride = 1, padding = 0 }: WindowOptions = {},
): Single => {
  const check = new NodeCheck(x.graph, 'ConvTranspose');
  check.rank('input', x, 4);
  check.rank('kernels', kernels, 4);
  check.dimension('first axis of the kernels', kernels.shape[0] as Dimension, x.shape[1] as Dimension);
  const outputPadding = size.map((target, i) => {
    const smallest = (known(check, x, i + 2) - 1) * stride - 2 * padding + known(check, kernels, i + 2);
    const missing = target - smallest;
    if (missing < 0 || missing >= stride) {
      check.fail('bad-attribute', 'size', `${smallest} … ${smallest + stride - 1}`, String(target));
    }
    return missing;
  });
  const [y] = x.graph.node({
    operator: 'ConvTranspose',
    inputs: [x, kernels],
    attributes: { ...windowAttributes(stride, padding), output_padding: outputPadding },
    outputs: [{ type: 'float32', shape: [x.shape[0] as Dimension, kernels.shape[1] as Dimension, ...size] }],
  });
  return y as Single;
};

/**
 * The largest of each window.
 *
 * @param x [N, C, H, W]
 * @returns the values, and where each stands in x as one row of elements
 */
export const maxPool = <T extends FloatType>(
  x: Value<T>,
  size: number,
  { stride = 1, padding = 0 }: WindowOptions = {},
): { readonly values: Value<T>; readonly indices: Value<'int64'> } => {
  const check = new NodeCheck(x.graph, 'MaxPool');
  check.rank('input', x, 4);
  const sizes = [2, 3].map((axis) => windows(check, known(check, x, axis), size, stride, padding));
  const shape = [...x.shape.slice(0, 2), ...sizes];
  const [values, indices] = x.graph.node({
    operator: 'MaxPool',
    inputs: [x],
    attributes: { kernel_shape: [size, size], ...windowAttributes(stride, padding) },
    outputs: [
      { type: x.type, shape },
      { type: 'int64', shape },
    ],
  });
  return { values: values as Value<T>, indices: indices as Value<'int64'> };
};

/** The mean of each channel, whatever the image's size: [N, C, …] → [N, C, 1, …]. */
export const globalAveragePool = (x: Single): Single => {
  const check = new NodeCheck(x.graph, 'GlobalAveragePool');
  check.rank('input', x, 3, 4, 5);
  const [y] = x.graph.node({
    operator: 'GlobalAveragePool',
    inputs: [x],
    outputs: [{ type: 'float32', shape: x.shape.map((dimension, axis) => (axis < 2 ? dimension : 1)) }],
  });
  return y as Single;
};

export interface BatchNormalizationParameters {
  readonly scale: Single;
  readonly bias: Single;
  readonly mean: Single;
  readonly variance: Single;
}

/**
 * (x − mean) / √(variance + epsilon) · scale + bias, each by channel.
 *
 * @param x [N, C, …]; the parameters are [C]
 */
export const batchNormalization = (
  x: Single,
  { scale, bias, mean, variance }: BatchNormalizationParameters,
  epsilon: number,
): Single => {
  const check = new NodeCheck(x.graph, 'BatchNormalization');
  for (const [name, value] of Object.entries({ scale, bias, mean, variance })) {
    check.rank(name, value, 1);
    check.dimension(name, value.shape[0] as Dimension, x.shape[1] as Dimension);
  }
  const [y] = x.graph.node({
    operator: 'BatchNormalization',
    inputs: [x, scale, bias, mean, variance],
    attributes: { epsilon: { float: epsilon } },
    outputs: [{ type: 'float32', shape: x.shape }],
  });
  return y as Single;
};

const windowAttributes = (stride: number, padding: number) => ({
  strides: [stride, stride],
  pads: [padding, padding, padding, padding],
});

const known = (check: NodeCheck, value: Value, axis: number): number => {
  const size = value.shape[axis];
  if (typeof size !== 'number') check.fail('wrong-shape', `axis ${axis}`, 'a known size', formatShape(value.shape));
  return size;
};

const windows = (check: NodeCheck, size: number, reach: number, stride: number, padding: number): number => {
  const count = Math.floor((size + 2 * padding - reach) / stride) + 1;
  if (count < 1) check.fail('wrong-shape', 'window', `at most ${size + 2 * padding} rows and columns`, String(reach));
  return count;
};
