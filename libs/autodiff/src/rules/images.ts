import { op, type Value } from '@offerstream/onnx';
import { AutodiffError } from '../errors.js';
import { zerosLike, type Float, type GradientRule } from '../gradient-rule.js';

type Single = Value<'float32'>;

const SWAP = [1, 0, 2, 3];

export const IMAGE_RULES = {
  Conv: ({ name, inputs, attributes }, gradients) => {
    const [x, kernels] = inputs as readonly [Single, Single];
    const [g] = gradients as readonly [Single];
    const [stride = 1] = attributes.strides as readonly number[];
    const pads = attributes.pads as readonly number[];
    const [padding = 0] = pads;
    const [dilation] = attributes.dilations as readonly number[];
    const lacking = [
      ...(dilation === 1 ? [] : ['dilation']),
      ...(attributes.group === undefined ? [] : ['groups']),
      ...(pads.every((side) => side === padding) ? [] : ['uneven padding']),
    ];
    if (lacking.length > 0)
      throw new AutodiffError(
        'no-gradient',
        `${name}: a convolution with ${lacking.join(' and ')} has no gradient rule`,
      );
    const [, , height, width] = x.shape as readonly [never, never, number, number];
    const [, , kernelHeight, kernelWidth] = kernels.shape as readonly [never, never, number, number];
    return [
      () => op.convTranspose(g, kernels, [height, width], { stride, padding }),
      () => {
        // Images and channels change places: the gradient is the kernel, and the stride lies between its elements.
        const swapped = op.conv(op.transpose(x, SWAP), op.transpose(g, SWAP), { padding, dilation: stride });
        // Rows and columns at the end that no window reached.
        const reached = op.slice(op.slice(swapped, 2, 0, kernelHeight), 3, 0, kernelWidth);
        return op.transpose(reached, SWAP);
      },
      () => op.reduceSum(g, [0, 2, 3], { keepDims: false }),
    ];
  },
  MaxPool: ({ inputs, outputs }, gradients) => {
    const [x] = inputs as readonly [Float];
    const [, indices] = outputs as readonly [Float, Value<'int64'>];
    const [g] = gradients as readonly [Float];
    return [
      () => {
        const zeros = op.reshape(zerosLike(x), ['elements']);
        const positions = op.reshape(indices, ['windows']);
        return op.reshapeLike(op.scatterElements(zeros, positions, op.reshape(g, ['windows']), 0, 'add'), x);
      },
    ];
  },
} satisfies Readonly<Record<string, GradientRule>>;
