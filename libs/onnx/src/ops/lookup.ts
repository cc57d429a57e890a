import type { Dimension } from '../shape.js';
import type { ElementType, FloatType, NumberType } from '../tensor.js';
import { tensor } from '../tensor.js';
import type { Value } from '../value.js';
import { NodeCheck } from './check.js';

/** Maps each key to its position in `keys`, and what is not there to `unknown`. */
export const positionOf = (x: Value<'int64'>, keys: BigInt64Array, unknown: number): Value<'int64'> => {
  const check = new NodeCheck(x.graph, 'LabelEncoder');
  check.type('input', x, 'int64');
  if (keys.length === 0) check.fail('bad-attribute', 'keys', 'at least one key', 'none');
  const positions = new BigInt64Array(keys.length);
  for (let i = 0; i < positions.length; i++) positions[i] = BigInt(i);
  const [y] = x.graph.node({
    operator: 'LabelEncoder',
    domain: 'ai.onnx.ml',
    inputs: [x],
    attributes: {
      keys_tensor: tensor('int64', [keys.length], keys),
      values_tensor: tensor('int64', [keys.length], positions),
      default_tensor: tensor('int64', [1], BigInt64Array.of(BigInt(unknown))),
    },
    outputs: [{ type: 'int64', shape: x.shape }],
  });
  return y as Value<'int64'>;
};

/** Rows of `data` along an axis, by position: the shape of `indices` takes the place of that axis. */
export const gather = <T extends ElementType>(data: Value<T>, indices: Value<'int64'>, axis = 0): Value<T> => {
  const check = new NodeCheck(data.graph, 'Gather');
  const position = check.axis('data', data, axis);
  check.type('indices', indices, 'int64');
  const [y] = data.graph.node({
    operator: 'Gather',
    inputs: [data, indices],
    attributes: { axis: position },
    outputs: [{ type: data.type, shape: data.shape.toSpliced(position, 1, ...indices.shape) }],
  });
  return y as Value<T>;
};

/** Elements of `data` at positions along an axis, one for each element of `indices`. */
export const gatherElements = <T extends ElementType>(
  data: Value<T>,
  indices: Value<'int64'>,
  axis: number,
): Value<T> => {
  const check = new NodeCheck(data.graph, 'GatherElements');
  const position = check.axis('data', data, axis);
  check.type('indices', indices, 'int64');
  check.rank('indices', indices, data.shape.length);
  const [y] = data.graph.node({
    operator: 'GatherElements',
    inputs: [data, indices],
    attributes: { axis: position },
    outputs: [{ type: data.type, shape: indices.shape }],
  });
  return y as Value<T>;
};

/**
 * Elements of `data` replaced (or added to) at positions along an axis. Without `add`, two updates of one position
 * must be equal: which of them stays is not defined.
 */
export const scatterElements = <T extends NumberType>(
  data: Value<T>,
  indices: Value<'int32' | 'int64'>,
  updates: Value<T>,
  axis: number,
  reduction: 'none' | 'add' | 'max' = 'none',
): Value<T> => {
  const check = new NodeCheck(data.graph, 'ScatterElements');
  const position = check.axis('data', data, axis);
  check.type('indices', indices, 'int32', 'int64');
  check.sameType(data, updates);
  check.rank('indices', indices, data.shape.length);
  check.rank('updates', updates, data.shape.length);
  indices.shape.forEach((dimension, i) =>
    check.dimension(`axis ${i} of the updates`, updates.shape[i] as Dimension, dimension),
  );
  const [y] = data.graph.node({
    operator: 'ScatterElements',
    inputs: [data, indices, updates],
    attributes: { axis: position, reduction },
    outputs: [{ type: data.type, shape: data.shape }],
  });
  return y as Value<T>;
};

/** The k largest along the last axis, largest first; of equal ones the first. */
export const topK = <T extends FloatType>(
  x: Value<T>,
  k: number,
): { readonly values: Value<T>; readonly indices: Value<'int64'> } => {
  const check = new NodeCheck(x.graph, 'TopK');
  check.type('input', x, 'float32', 'float64');
  const axis = check.axis('input', x, -1);
  const size = x.shape[axis] as Dimension;
  if (typeof size === 'number' && size < k) check.fail('bad-attribute', 'k', `at most ${size}`, String(k));
  const shape = x.shape.with(axis, k);
  const [values, indices] = x.graph.node({
    operator: 'TopK',
    inputs: [x, x.graph.int64s([k])],
    attributes: { axis, largest: 1, sorted: 1 },
    outputs: [
      { type: x.type, shape },
      { type: 'int64', shape },
    ],
  });
  return { values: values as Value<T>, indices: indices as Value<'int64'> };
};
