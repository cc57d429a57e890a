import { op, type FloatType, type GraphNode, type Value } from '@offerstream/onnx';
import { AutodiffError } from './errors.js';

/** A value that can have a gradient. */
export type Float = Value<FloatType>;

/** By output: the gradient of the loss with respect to it; undefined where the loss does not depend on it. */
export type OutputGradients = readonly (Float | undefined)[];

/** By input: how its gradient is made, asked for only where it is wanted; undefined where there is none (positions, conditions). */
export type InputGradients = readonly ((() => Float) | undefined)[];

export type GradientRule = (node: GraphNode, gradients: OutputGradients) => InputGradients;

/** The rule of an operator with one input and one output. */
export const unary =
  (rule: (g: Float, x: Float, y: Float, node: GraphNode) => Float): GradientRule =>
  (node, [g]) => [() => rule(g as Float, node.inputs[0] as Float, node.outputs[0] as Float, node)];

type BinaryRule = (g: Float, a: Float, b: Float, y: Float) => Float;

/** The rule of an operator with two inputs that broadcast. */
export const binary =
  (left: BinaryRule, right: BinaryRule): GradientRule =>
  (node, [g]) => {
    const [a, b] = node.inputs as readonly [Float, Float];
    const [y] = node.outputs as readonly [Float];
    return [() => sumTo(left(g as Float, a, b, y), a), () => sumTo(right(g as Float, a, b, y), b)];
  };

/** Sums a gradient over the axes along which `like` was broadcast. */
export const sumTo = (gradient: Float, like: Float): Float => {
  const extra = gradient.shape.length - like.shape.length;
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const summed = extra === 0 ? gradient : op.reduceSum(gradient, leading, { keepDims: false });
  const stretched = [...like.shape.keys()].filter((axis) => like.shape[axis] === 1 && summed.shape[axis] !== 1);
  return stretched.length === 0 ? summed : op.reduceSum(summed, stretched, { keepDims: true });
};

/** A tensor of zeros in the run-time shape of a value. */
export const zerosLike = (value: Float): Float => op.expandLike(value.graph.scalar(value.type, 0), value);

/** The numbers of an input that is an initializer: axes, sizes, an exponent. */
export const constantInput = ({ name, inputs }: GraphNode, index: number): readonly number[] => {
  const value = inputs[index] as Value;
  const tensor = value.graph.constantOf(value);
  if (tensor === undefined) {
    throw new AutodiffError('no-gradient', `${name}: input ${index} ("${value.name}") has to be an initializer`);
  }
  return Array.from<number | bigint>(tensor.data as Iterable<number | bigint>).map(Number);
};

/** [..., k] → [rows, k]: all leading axes as one. */
export const asRows = <T extends FloatType>(x: Value<T>): Value<T> => {
  if (x.shape.length === 2) return x;
  return op.reshape(x, [productOf(x.shape.slice(0, -1)), x.shape.at(-1) ?? 1]);
};

const productOf = (dimensions: readonly (number | string)[]): number | string =>
  dimensions.every((dimension) => typeof dimension === 'number')
    ? dimensions.reduce((product, size) => product * size, 1)
    : dimensions.join('*');
