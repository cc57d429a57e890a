import { broadcast, formatShape, type Dimension } from '../shape.js';
import type { FloatType, NumberType } from '../tensor.js';
import type { Value } from '../value.js';
import { NodeCheck } from './check.js';

/** [..., m, k] x [..., k, n] → [..., m, n]; the leading dimensions broadcast. */
export const matMul = <T extends FloatType>(a: Value<T>, b: Value<T>): Value<T> => {
  const check: NodeCheck = new NodeCheck(a.graph, 'MatMul');
  check.type('first input', a, 'float32', 'float64');
  check.sameType(a, b);
  if (a.shape.length < 2) check.rank('first input', a, 2, 3, 4);
  if (b.shape.length < 2) check.rank('second input', b, 2, 3, 4);
  check.dimension('rows of the second input', b.shape.at(-2) as Dimension, a.shape.at(-1) as Dimension);
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === undefined) {
    check.fail(
      'wrong-shape',
      'second input',
      `batch that broadcasts with ${formatShape(a.shape)}`,
      formatShape(b.shape),
    );
  }
  const shape = [...batch, a.shape.at(-2) as Dimension, b.shape.at(-1) as Dimension];
  const [y] = a.graph.node({ operator: 'MatMul', inputs: [a, b], outputs: [{ type: a.type, shape }] });
  return y as Value<T>;
};

/** [m, k] x [n, k] → [m, n]: the products of the rows of two matrices. */
export const rowProducts = <T extends FloatType>(a: Value<T>, b: Value<T>): Value<T> => gemm(a, b, { transB: true });

/** What {@link gemm} does beside multiplying two matrices. */
export interface GemmOptions<T extends FloatType> {
  /** The first matrix comes as its transpose. */
  readonly transA?: boolean;
  /** The second matrix comes as its transpose. */
  readonly transB?: boolean;
  /** Added to the product; broadcasts to it. */
  readonly plus?: Value<T>;
}

/** The product of two matrices, [m, k] x [k, n] → [m, n], each of which may come as its transpose. */
export const gemm = <T extends FloatType>(a: Value<T>, b: Value<T>, options: GemmOptions<T> = {}): Value<T> => {
  const { transA = false, transB = false, plus } = options;
  const check: NodeCheck = new NodeCheck(a.graph, 'Gemm');
  check.type('first input', a, 'float32', 'float64');
  check.sameType(a, b);
  check.rank('first input', a, 2);
  check.rank('second input', b, 2);
  const [m, k] = (transA ? a.shape.toReversed() : a.shape) as [Dimension, Dimension];
  const [inner, n] = (transB ? b.shape.toReversed() : b.shape) as [Dimension, Dimension];
  check.dimension(`${transB ? 'columns' : 'rows'} of the second input`, inner, k);
  if (plus !== undefined) {
    check.sameType(a, plus);
    if (broadcast(plus.shape, [m, n])?.join() !== [m, n].join()) {
      check.fail(
        'wrong-shape',
        'third input',
        `a shape that broadcasts to ${formatShape([m, n])}`,
        formatShape(plus.shape),
      );
    }
  }
  const [y] = a.graph.node({
    operator: 'Gemm',
    inputs: plus === undefined ? [a, b] : [a, b, plus],
    attributes: { ...(transA && { transA: 1 }), ...(transB && { transB: 1 }) },
    outputs: [{ type: a.type, shape: [m, n] }],
  });
  return y as Value<T>;
};

/** Sums over axes, which stay with size 1 where `keepDims` says so. */
export const reduceSum = <T extends NumberType>(
  x: Value<T>,
  axes: readonly number[],
  { keepDims }: { readonly keepDims: boolean },
): Value<T> => reduce('ReduceSum', x, axes, keepDims);

/** Means over axes, which stay with size 1 where `keepDims` says so. */
export const reduceMean = <T extends FloatType>(
  x: Value<T>,
  axes: readonly number[],
  { keepDims }: { readonly keepDims: boolean },
): Value<T> => reduce('ReduceMean', x, axes, keepDims);

/** Sums of squares over axes, which stay with size 1 where `keepDims` says so. */
export const reduceSumSquare = <T extends FloatType>(
  x: Value<T>,
  axes: readonly number[],
  { keepDims }: { readonly keepDims: boolean },
): Value<T> => reduce('ReduceSumSquare', x, axes, keepDims);

/** The largest over axes, which stay with size 1 where `keepDims` says so. */
export const reduceMax = <T extends NumberType>(
  x: Value<T>,
  axes: readonly number[],
  { keepDims }: { readonly keepDims: boolean },
): Value<T> => reduce('ReduceMax', x, axes, keepDims);

const reduce = <T extends NumberType>(
  operator: string,
  x: Value<T>,
  axes: readonly number[],
  keepDims: boolean,
): Value<T> => {
  const check = new NodeCheck(x.graph, operator);
  check.type('input', x, 'float32', 'float64', 'int32', 'int64');
  const reduced = new Set(axes.map((axis) => check.axis('input', x, axis)));
  const shape = x.shape.flatMap((dimension, axis) => (reduced.has(axis) ? (keepDims ? [1] : []) : [dimension]));
  const [y] = x.graph.node({
    operator,
    inputs: [x, x.graph.int64s([...reduced])],
    attributes: { keepdims: keepDims ? 1 : 0 },
    outputs: [{ type: x.type, shape }],
  });
  return y as Value<T>;
};

/** Running sums along an axis, each with its own element; from the end where `fromEnd` says so. */
export const cumulativeSum = <T extends NumberType>(
  x: Value<T>,
  axis: number,
  { fromEnd }: { readonly fromEnd: boolean },
): Value<T> => {
  const check = new NodeCheck(x.graph, 'CumSum');
  check.type('input', x, 'float32', 'float64', 'int32', 'int64');
  const position = check.axis('input', x, axis);
  const [y] = x.graph.node({
    operator: 'CumSum',
    inputs: [x, x.graph.scalar('int64', position)],
    attributes: { reverse: fromEnd ? 1 : 0 },
    outputs: [{ type: x.type, shape: x.shape }],
  });
  return y as Value<T>;
};
