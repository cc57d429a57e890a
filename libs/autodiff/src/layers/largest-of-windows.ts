import { op, type Value } from '@offerstream/onnx';
import { imageMaximum } from '../operations/image-windows.js';
import type { Windows } from '../operations/window-places.js';
import type { Parameters } from '../parameters.js';

/**
 * The largest of each window ("max pooling").
 *
 * @param x of `imageInput`
 */
export const largestOfWindows = ({ training }: Parameters, x: Value<'float32'>, windows: Windows): Value<'float32'> =>
  training ? imageMaximum(x, windows) : op.maxPool(x, windows.kernel, windows).values;
