import { op, type GraphNode } from '@offerstream/onnx';
import { asRows, constantInput, sumTo, type Float, type GradientRule } from '../gradient-rule.js';

export const LINEAR_ALGEBRA_RULES = {
  /** Products of two matrices are always `Gemm`, which multiplies transposes without making them. */
  Gemm: ({ inputs, attributes }, gradients) => {
    const [a, b, plus] = inputs as readonly [Float, Float, Float | undefined];
    const [g] = gradients as readonly [Float];
    const transA = attributes.transA === 1;
    const transB = attributes.transB === 1;
    return [
      () => (transA ? op.gemm(b, g, { transA: transB, transB: true }) : op.gemm(g, b, { transB: !transB })),
      () => (transB ? op.gemm(g, a, { transA: true, transB: transA }) : op.gemm(a, g, { transA: !transA })),
      plus && (() => sumTo(g, plus)),
    ];
  },
  MatMul: ({ inputs }, gradients) => {
    const [a, b] = inputs as readonly [Float, Float];
    const [g] = gradients as readonly [Float];
    // One large product over all rows instead of many small ones.
    if (b.shape.length === 2) {
      return [
        () => op.reshapeLike(op.gemm(asRows(g), b, { transB: true }), a),
        () => op.gemm(asRows(a), asRows(g), { transA: true }),
      ];
    }
    return [() => sumTo(op.matMul(g, lastTwoSwapped(b)), a), () => sumTo(op.matMul(lastTwoSwapped(a), g), b)];
  },
  ReduceSum: (node, [g]) => [() => op.expandLike(withReducedAxes(g as Float, node), node.inputs[0] as Float)],
  ReduceSumSquare: (node, [g]) => {
    const [x] = node.inputs as readonly [Float];
    return [() => op.mul(op.mul(withReducedAxes(g as Float, node), 2), x)];
  },
  ReduceMean: (node, [g]) => [
    () => {
      const [x] = node.inputs as readonly [Float];
      const [y] = node.outputs as readonly [Float];
      const share = op.div(op.cast(op.size(y), y.type), op.cast(op.size(x), x.type));
      return op.expandLike(withReducedAxes(op.mul(g as Float, share), node), x);
    },
  ],
} satisfies Readonly<Record<string, GradientRule>>;

/** A gradient of a reduction with the reduced axes put back, of size 1. */
const withReducedAxes = (g: Float, node: GraphNode): Float =>
  node.attributes.keepdims === 1
    ? g
    : [...constantInput(node, 1)].sort((a, b) => a - b).reduce((value, axis) => op.unsqueeze(value, axis), g);

const lastTwoSwapped = (x: Float): Float => {
  const axes = [...x.shape.keys()];
  return op.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
};
