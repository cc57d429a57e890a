import { op, type Value } from '@offerstream/onnx';
import { normal, type Initializer } from '../initializers.js';
import type { Parameters } from '../parameters.js';

/**
 * A vector for each id.
 *
 * @param name of its parameter [rows, size]
 * @param ids each in 0 … rows − 1
 * @returns the shape of the ids, and then size
 */
export const embedding = (
  parameters: Parameters,
  name: string,
  ids: Value<'int64'>,
  { rows, size }: { readonly rows: number; readonly size: number },
  initializer: Initializer = normal(1 / Math.sqrt(size)),
): Value<'float32'> => op.gather(parameters.get(name, [rows, size], initializer), ids);
