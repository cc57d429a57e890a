import { op, tensor, type Dimension, type FloatType, type Value } from '@offerstream/onnx';
import type { Float } from '../gradient-rule.js';
import { haveOwnGradient } from './own-gradient.js';
import { windowPlaces, type WindowPlaces, type Windows } from './window-places.js';

/**
 * A convolution of images that stand side by side in memory, [channels in, H, W, N], as one matrix product: the windows of all images are
 * the columns of a matrix ("im2col": Chellapilla, Puri, Simard, "High Performance Convolutional Neural Networks for Document Processing",
 * 2006), and so are its gradients.
 *
 * @param kernels [channels out, channels in, kernel, kernel]
 * @returns [channels out, rows, columns, N]
 */
export const imageConvolution = <T extends FloatType>(x: Value<T>, kernels: Value<T>, windows: Windows): Value<T> => {
  const [inputs, height, width, images] = x.shape as readonly [number, number, number, Dimension];
  const [channels, , kernel] = kernels.shape as readonly [number, number, number];
  const where = windowPlaces(height, width, windows);
  const { rows, columns, places } = where;
  const elements = inputs * places.length;
  const weights = op.reshape(kernels, [channels, elements]);
  const gathered = op.reshape(gatherWindows(x, where, 0), [elements, 'places of windows']);
  const y = op.reshape(op.gemm(weights, gathered), [channels, rows, columns, images]);
  haveOwnGradient({
    operation: 'ImageConvolution',
    inputs: [x, kernels],
    outputs: [y],
    gradient: ([incoming]) => {
      const g = op.reshape(incoming as Float, [channels, rows * columns, images]);
      const flat = (value: Float): Float => op.reshape(value, [channels, 'places of windows']);
      return [
        () => {
          if (keepsSize(windows) && channels * inputs <= SWAPPED_AT_MOST && rows * columns >= PLACES_FOR_SWAPPED) {
            // A convolution too, with the kernels turned by half and the channels in each other's place.
            const byChannel = op.reshape(kernels, [channels, inputs, places.length]);
            const swapped = op.reshape(op.transpose(byChannel, [1, 0, 2]), [inputs, channels * places.length]);
            const around = gatherWindows(incoming as Float, { ...where, places: places.toReversed() }, 0);
            const slope = op.gemm<FloatType>(
              swapped,
              op.reshape(around, [channels * places.length, 'places of windows']),
            );
            return op.reshape(slope, x.shape);
          }
          const each = op.gemm<FloatType>(weights, flat(withZeros(g)), { transA: true });
          return addWindows(op.reshape(each, [inputs, places.length * (rows * columns + 1), images]), x, where);
        },
        () => {
          if (channels >= elements || elements >= COLUMNS_FOR_ANY_THREADS) {
            return op.reshape(op.gemm<FloatType>(flat(g), gathered, { transB: true }), kernels.shape);
          }
          const turned = op.gemm<FloatType>(gathered, flat(g), { transB: true });
          // As more than a matrix: ONNX Runtime would turn a product back that is only transposed.
          const byElement = op.reshape(turned, [inputs, kernel, kernel, channels]);
          return op.transpose(byElement, [3, 0, 1, 2]);
        },
      ];
    },
  });
  return y;
};

/**
 * The largest of each window, [C, H, W, N] → [C, rows, columns, N]. Equal largest ones share the gradient.
 */
export const imageMaximum = <T extends FloatType>(x: Value<T>, windows: Windows): Value<T> => {
  const [channels, height, width, images] = x.shape as readonly [number, number, number, Dimension];
  const where = windowPlaces(height, width, windows);
  const { rows, columns, places } = where;
  const gathered = gatherWindows(x, where, LOWEST);
  const largest = op.reduceMax(gathered, [1], { keepDims: true });
  const y = op.reshape(largest, [channels, rows, columns, images]);
  haveOwnGradient({
    operation: 'ImageMaximum',
    inputs: [x],
    outputs: [y],
    gradient: ([incoming]) => [
      () => {
        const g = op.reshape(incoming as Float, [channels, 1, rows * columns, images]);
        const equal = op.cast(op.equal(gathered, largest), x.type);
        const shares = op.mul<FloatType>(equal, op.div<FloatType>(g, op.reduceSum(equal, [1], { keepDims: true })));
        const each = op.pad<FloatType>(shares, 2, 0, 1);
        return addWindows(op.reshape(each, [channels, places.length * (rows * columns + 1), images]), x, where);
      },
    ],
  });
  return y;
};

/**
 * Where the threads of a matrix product share fewer columns, each adds up in other portions, and the last bits depend on their number. Rows
 * they can share as they like.
 */
const COLUMNS_FOR_ANY_THREADS = 1024;

/** Kernels of more elements take longer to swap than is saved; fewer places than this save little. */
const SWAPPED_AT_MOST = 128 * 128;
const PLACES_FOR_SWAPPED = 64;

/** Whether there is one window around each place. */
const keepsSize = ({ kernel, stride = 1, padding = 0 }: Windows): boolean => stride === 1 && 2 * padding === kernel - 1;

/** Smaller than whatever an image has, and finite. */
const LOWEST = -3e38;

/** [C, H, W, N] → [C, kernel², windows, N] */
const gatherWindows = <T extends FloatType>(x: Value<T>, { places }: WindowPlaces, outside: number): Value<T> => {
  const [channels, height, width, images] = x.shape as readonly [number, number, number, Dimension];
  const size = height * width;
  const flat = op.reshape(x, [channels, size, images]);
  const reachesOut = places.some((windows) => windows.includes(size));
  return op.gather(reachesOut ? op.pad(flat, 1, 0, 1, outside) : flat, table(x, 'places', places), 1);
};

/** What {@link gatherWindows} took, added up where it came from: [C, kernel² · (windows + 1), N], with zeros in each last window → [C, H, W, N]. */
const addWindows = (each: Float, x: Float, { owners }: WindowPlaces): Float => {
  const gathered = op.gather(each, table(each, 'owners', owners), 1);
  const sum = owners.length === 1 ? gathered : op.reduceSum(gathered, [1], { keepDims: false });
  return op.reshape(sum, x.shape);
};

/** [C, windows, N] → [C, windows + 1, N] */
const withZeros = (g: Float): Float => op.pad(g, 1, 0, 1);

const table = ({ graph }: Float, name: string, rows: readonly (readonly number[])[]): Value<'int64'> =>
  graph.initializer(
    graph.nextNodeName(name),
    tensor('int64', [rows.length, rows[0]?.length ?? 0], BigInt64Array.from(rows.flat(), BigInt)),
  );
