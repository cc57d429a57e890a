import { op } from '@offerstream/onnx';
import { binary, constantInput, sumTo, unary, zerosLike, type Float, type GradientRule } from '../gradient-rule.js';

/** The derivative of erf at 0. */
const ERF_SLOPE = 2 / Math.sqrt(Math.PI);

export const ELEMENTWISE_RULES = {
  Identity: unary((g) => g),
  Add: binary(
    (g) => g,
    (g) => g,
  ),
  Sub: binary(
    (g) => g,
    (g) => op.neg(g),
  ),
  Mul: binary(
    (g, _, b) => op.mul(g, b),
    (g, a) => op.mul(g, a),
  ),
  Div: binary(
    (g, _, b) => op.div(g, b),
    (g, _, b, y) => op.neg(op.div(op.mul(g, y), b)),
  ),
  Neg: unary((g) => op.neg(g)),
  Exp: unary((g, _, y) => op.mul(g, y)),
  Log: unary((g, x) => op.div(g, x)),
  Sqrt: unary((g, _, y) => op.div(op.mul(g, 0.5), y)),
  Tanh: unary((g, _, y) => op.mul(g, op.sub(one(y), op.mul(y, y)))),
  Sigmoid: unary((g, _, y) => op.mul(g, op.mul(y, op.sub(one(y), y)))),
  Relu: unary((g, _, y) => op.where(op.greater(y, 0), g, 0)),
  Erf: unary((g, x) => op.mul(g, op.mul(op.exp(op.neg(op.mul(x, x))), ERF_SLOPE))),
  /** By a constant exponent. */
  Pow: unary((g, x, _, node) => {
    const [exponent = 1] = constantInput(node, 1);
    return op.mul(g, op.mul(op.pow(x, exponent - 1), exponent));
  }),
  Where: ({ inputs }, gradients) => {
    const [condition, whenTrue, whenFalse] = inputs as readonly [never, Float, Float];
    const [g] = gradients as readonly [Float];
    return [
      undefined,
      () => sumTo(op.where(condition, g, 0), whenTrue),
      () => sumTo(op.where(condition, zerosLike(g), g), whenFalse),
    ];
  },
} satisfies Readonly<Record<string, GradientRule>>;

const one = (like: Float): Float => like.graph.scalar(like.type, 1);
