import { broadcast, formatShape, sumOfDimensions, type Dimension, type Shape } from '../shape.js';
import type { ElementType, NumberType } from '../tensor.js';
import type { Value } from '../value.js';
import { NodeCheck } from './check.js';

/**
 * The same elements in another shape. At most one named dimension of the target may stand in another position than
 * in the input; its size follows from the others.
 */
export const reshape = <T extends ElementType>(x: Value<T>, target: Shape): Value<T> => {
  const check = new NodeCheck(x.graph, 'Reshape');
  // In ONNX 0 copies the input's dimension at that position and -1 is inferred.
  const sizes = target.map((dimension, axis) =>
    typeof dimension === 'number' ? dimension : x.shape[axis] === dimension ? 0 : -1,
  );
  if (sizes.filter((size) => size === -1).length > 1) {
    check.fail('bad-attribute', 'target', `one inferred dimension from ${formatShape(x.shape)}`, formatShape(target));
  }
  const [y] = x.graph.node({
    operator: 'Reshape',
    inputs: [x, x.graph.int64s(sizes)],
    outputs: [{ type: x.type, shape: target }],
  });
  return y as Value<T>;
};

/** Broadcasts to a shape whose named dimensions are those of the graph's inputs. */
export const expand = <T extends ElementType>(x: Value<T>, target: Shape): Value<T> => {
  const { graph } = x;
  const check: NodeCheck = new NodeCheck(graph, 'Expand');
  const shape = broadcast(x.shape, target);
  if (shape === undefined) {
    check.fail('wrong-shape', 'target', `a shape that broadcasts with ${formatShape(x.shape)}`, formatShape(target));
  }
  const [y] = graph.node({
    operator: 'Expand',
    inputs: [x, sizesOf(x, target)],
    outputs: [{ type: x.type, shape }],
  });
  return y as Value<T>;
};

/** The same elements in the shape of another value, whose run-time sizes count. */
export const reshapeLike = <T extends ElementType>(x: Value<T>, like: Value): Value<T> => {
  const [y] = x.graph.node({
    operator: 'Reshape',
    inputs: [x, shapeOf(like)],
    outputs: [{ type: x.type, shape: like.shape }],
  });
  return y as Value<T>;
};

/** Broadcasts to the shape of another value, whose run-time sizes count. */
export const expandLike = <T extends ElementType>(x: Value<T>, like: Value): Value<T> => {
  const check: NodeCheck = new NodeCheck(x.graph, 'Expand');
  const shape = check.broadcast(like, x);
  const [y] = x.graph.node({ operator: 'Expand', inputs: [x, shapeOf(like)], outputs: [{ type: x.type, shape }] });
  return y as Value<T>;
};

const shapeOf = (x: Value): Value<'int64'> => {
  if (x.shape.every((dimension) => typeof dimension === 'number')) return x.graph.int64s(x.shape);
  const [shape] = x.graph.node({
    operator: 'Shape',
    inputs: [x],
    outputs: [{ type: 'int64', shape: [x.shape.length] }],
  });
  return shape as Value<'int64'>;
};

/** How many elements a value has at run time, a scalar. */
export const size = (x: Value): Value<'int64'> => {
  const [count] = x.graph.node({ operator: 'Size', inputs: [x], outputs: [{ type: 'int64', shape: [] }] });
  return count as Value<'int64'>;
};

/** A tensor of one value. */
export const filled = <T extends ElementType>(value: Value<T>, shape: Shape): Value<T> => {
  new NodeCheck(value.graph, 'Expand').rank('input', value, 0);
  return expand(value, shape);
};

const sizesOf = (x: Value, shape: Shape): Value<'int64'> => {
  if (shape.every((dimension) => typeof dimension === 'number')) return x.graph.int64s(shape);
  return concat(
    shape.map((dimension) => (typeof dimension === 'number' ? x.graph.int64s([dimension]) : x.graph.size(dimension))),
    0,
  );
};

/** Puts a new axis of size 1 at a position of the result. */
export const unsqueeze = <T extends ElementType>(x: Value<T>, axis: number): Value<T> => {
  const check = new NodeCheck(x.graph, 'Unsqueeze');
  const rank = x.shape.length + 1;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    check.fail('bad-attribute', 'axis', `an axis of a rank ${rank} result`, String(axis));
  }
  const position = axis < 0 ? axis + rank : axis;
  const [y] = x.graph.node({
    operator: 'Unsqueeze',
    inputs: [x, x.graph.int64s([position])],
    outputs: [{ type: x.type, shape: x.shape.toSpliced(position, 0, 1) }],
  });
  return y as Value<T>;
};

/** Removes an axis of size 1. */
export const squeeze = <T extends ElementType>(x: Value<T>, axis: number): Value<T> => {
  const check = new NodeCheck(x.graph, 'Squeeze');
  const position = check.axis('input', x, axis);
  check.dimension(`axis ${axis} of the input`, x.shape[position] as Dimension, 1);
  const [y] = x.graph.node({
    operator: 'Squeeze',
    inputs: [x, x.graph.int64s([position])],
    outputs: [{ type: x.type, shape: x.shape.toSpliced(position, 1) }],
  });
  return y as Value<T>;
};

/** The axes in another order: `order[i]` is the axis of the input that becomes axis i. */
export const transpose = <T extends ElementType>(x: Value<T>, order: readonly number[]): Value<T> => {
  const check = new NodeCheck(x.graph, 'Transpose');
  if ([...order].sort((a, b) => a - b).join() !== [...x.shape.keys()].join()) {
    check.fail('bad-attribute', 'order', `each of the ${x.shape.length} axes once`, `[${order.join(', ')}]`);
  }
  const [y] = x.graph.node({
    operator: 'Transpose',
    inputs: [x],
    attributes: { perm: order },
    outputs: [{ type: x.type, shape: order.map((axis) => x.shape[axis] as Dimension) }],
  });
  return y as Value<T>;
};

/** Joins values along one axis; their other dimensions are equal. */
export const concat = <T extends ElementType>(values: readonly Value<T>[], axis: number): Value<T> => {
  const [first, ...others] = values as readonly [Value<T>, ...Value<T>[]];
  const check = new NodeCheck(first.graph, 'Concat');
  const position = check.axis('first input', first, axis);
  for (const other of others) {
    check.sameType(first, other);
    check.rank('an input', other, first.shape.length);
    first.shape.forEach((dimension, i) => {
      if (i !== position) check.dimension(`axis ${i} of "${other.name}"`, other.shape[i] as Dimension, dimension);
    });
  }
  const size = sumOfDimensions(values.map((value) => value.shape[position] as Dimension));
  const [y] = first.graph.node({
    operator: 'Concat',
    inputs: values,
    attributes: { axis: position },
    outputs: [{ type: first.type, shape: first.shape.with(position, size) }],
  });
  return y as Value<T>;
};

/** The elements from `start` up to, and without, `end` along an axis of known size. */
export const slice = <T extends ElementType>(x: Value<T>, axis: number, start: number, end: number): Value<T> => {
  const check = new NodeCheck(x.graph, 'Slice');
  const position = check.axis('input', x, axis);
  const size = x.shape[position] as Dimension;
  if (typeof size !== 'number' || start < 0 || start >= end || end > size) {
    check.fail('bad-attribute', 'range', `a part of axis ${axis} of ${formatShape(x.shape)}`, `${start} … ${end}`);
  }
  const [y] = x.graph.node({
    operator: 'Slice',
    inputs: [x, x.graph.int64s([start]), x.graph.int64s([end]), x.graph.int64s([position])],
    outputs: [{ type: x.type, shape: x.shape.with(position, end - start) }],
  });
  return y as Value<T>;
};

/** Cuts an axis of known size into parts of the given sizes. */
export const split = <T extends ElementType, const Sizes extends readonly number[]>(
  x: Value<T>,
  axis: number,
  sizes: Sizes,
): { readonly [Part in keyof Sizes]: Value<T> } => {
  const check = new NodeCheck(x.graph, 'Split');
  const position = check.axis('input', x, axis);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  check.dimension(`axis ${axis} of the input`, x.shape[position] as Dimension, total);
  return x.graph.node({
    operator: 'Split',
    inputs: [x, x.graph.int64s(sizes)],
    attributes: { axis: position },
    outputs: sizes.map((size) => ({ type: x.type, shape: x.shape.with(position, size) })),
  }) as { readonly [Part in keyof Sizes]: Value<T> };
};

/** Zeros, or another number, before and after the elements of an axis. */
export const pad = <T extends NumberType>(
  x: Value<T>,
  axis: number,
  before: number,
  after: number,
  filling = 0,
): Value<T> => {
  const position = new NodeCheck(x.graph, 'Pad').axis('input', x, axis);
  const size = sumOfDimensions([x.shape[position] as Dimension, before + after]);
  const [y] = x.graph.node({
    operator: 'Pad',
    inputs: [x, x.graph.int64s([before, after]), x.graph.scalar(x.type, filling), x.graph.int64s([position])],
    outputs: [{ type: x.type, shape: x.shape.with(position, size) }],
  });
  return y as Value<T>;
};

/** 0, 1, 2, … for the positions of an axis. */
export const positions = (x: Value, axis: number): Value<'int64'> => {
  const { graph } = x;
  const position = new NodeCheck(graph, 'Range').axis('input', x, axis);
  const [size] = graph.node({
    operator: 'Shape',
    inputs: [x],
    attributes: { start: position, end: position + 1 },
    outputs: [{ type: 'int64', shape: [1] }],
  });
  const [y] = graph.node({
    operator: 'Range',
    inputs: [graph.scalar('int64', 0), squeeze(size as Value<'int64'>, 0), graph.scalar('int64', 1)],
    outputs: [{ type: 'int64', shape: [x.shape[position] as Dimension] }],
  });
  return y as Value<'int64'>;
};
