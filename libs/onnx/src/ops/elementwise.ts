import type { ElementType, FloatType, NumberType } from '../tensor.js';
import { ELEMENT_TYPE_CODES } from '../tensor.js';
import type { Value } from '../value.js';
import { NodeCheck } from './check.js';

const NUMBERS = ['float32', 'float64', 'int32', 'int64'] as const;
const FLOATS = ['float32', 'float64'] as const;

const unary = <T extends ElementType>(operator: string, x: Value<T>, allowed: readonly ElementType[]): Value<T> => {
  new NodeCheck(x.graph, operator).type('input', x, ...allowed);
  const [y] = x.graph.node({ operator, inputs: [x], outputs: [{ type: x.type, shape: x.shape }] });
  return y as Value<T>;
};

const binary = <R extends ElementType>(
  operator: string,
  left: Value,
  right: Value,
  allowed: readonly ElementType[],
  type: R,
): Value<R> => {
  const check = new NodeCheck(left.graph, operator);
  check.type('first input', left, ...allowed);
  check.sameType(left, right);
  const shape = check.broadcast(left, right);
  const [y] = left.graph.node({ operator, inputs: [left, right], outputs: [{ type, shape }] });
  return y as Value<R>;
};

/** The second operand of arithmetic: a value of the same type, or a number that becomes one. */
export type Operand<T extends NumberType> = Value<T> | number;

const operand = <T extends NumberType>(like: Value<T>, value: Operand<T>): Value<T> =>
  typeof value === 'number' ? like.graph.scalar(like.type, value) : value;

export const add = <T extends NumberType>(a: Value<T>, b: Operand<T>): Value<T> =>
  binary('Add', a, operand(a, b), NUMBERS, a.type);
export const sub = <T extends NumberType>(a: Value<T>, b: Operand<T>): Value<T> =>
  binary('Sub', a, operand(a, b), NUMBERS, a.type);
export const mul = <T extends NumberType>(a: Value<T>, b: Operand<T>): Value<T> =>
  binary('Mul', a, operand(a, b), NUMBERS, a.type);
export const div = <T extends NumberType>(a: Value<T>, b: Operand<T>): Value<T> =>
  binary('Div', a, operand(a, b), NUMBERS, a.type);
export const pow = <T extends FloatType>(a: Value<T>, b: Operand<T>): Value<T> =>
  binary('Pow', a, operand(a, b), FLOATS, a.type);
/** The larger of two, element by element. */
export const max = <T extends NumberType>(a: Value<T>, b: Operand<T>): Value<T> =>
  binary('Max', a, operand(a, b), NUMBERS, a.type);
/** The smaller of two, element by element. */
export const min = <T extends NumberType>(a: Value<T>, b: Operand<T>): Value<T> =>
  binary('Min', a, operand(a, b), NUMBERS, a.type);

export const exp = <T extends FloatType>(x: Value<T>): Value<T> => unary('Exp', x, FLOATS);
export const log = <T extends FloatType>(x: Value<T>): Value<T> => unary('Log', x, FLOATS);
export const neg = <T extends NumberType>(x: Value<T>): Value<T> => unary('Neg', x, NUMBERS);
export const tanh = <T extends FloatType>(x: Value<T>): Value<T> => unary('Tanh', x, FLOATS);
/** 1 / (1 + e^−x) */
export const sigmoid = <T extends FloatType>(x: Value<T>): Value<T> => unary('Sigmoid', x, FLOATS);
/** The error function; float32, ONNX Runtime has no other kernel. */
export const erf = <T extends FloatType>(x: Value<T>): Value<T> => unary('Erf', x, ['float32']);
/** max(x, 0) */
export const relu = <T extends FloatType>(x: Value<T>): Value<T> => unary('Relu', x, FLOATS);
export const sqrt = <T extends FloatType>(x: Value<T>): Value<T> => unary('Sqrt', x, FLOATS);

/** What is below `lowest` or above `highest` becomes that bound. */
export const clip = <T extends FloatType>(x: Value<T>, lowest: number, highest: number): Value<T> => {
  new NodeCheck(x.graph, 'Clip').type('input', x, ...FLOATS);
  const bounds = [x.graph.scalar(x.type, lowest), x.graph.scalar(x.type, highest)];
  const [y] = x.graph.node({ operator: 'Clip', inputs: [x, ...bounds], outputs: [{ type: x.type, shape: x.shape }] });
  return y as Value<T>;
};

export const equal = <T extends NumberType>(a: Value<T>, b: Operand<T>): Value<'bool'> =>
  binary('Equal', a, operand(a, b), NUMBERS, 'bool');
export const greater = <T extends NumberType>(a: Value<T>, b: Operand<T>): Value<'bool'> =>
  binary('Greater', a, operand(a, b), NUMBERS, 'bool');

/** `whenTrue` where the condition holds, else `whenFalse`; all three broadcast. */
export const where = <T extends NumberType>(
  condition: Value<'bool'>,
  whenTrue: Value<T>,
  whenFalse: Operand<T>,
): Value<T> => {
  const otherwise = operand(whenTrue, whenFalse);
  const check = new NodeCheck(condition.graph, 'Where');
  check.type('condition', condition, 'bool');
  check.sameType(whenTrue, otherwise);
  const values = check.broadcast(whenTrue, otherwise);
  const shape = check.broadcast(condition, { ...whenTrue, shape: values });
  const [y] = condition.graph.node({
    operator: 'Where',
    inputs: [condition, whenTrue, otherwise],
    outputs: [{ type: whenTrue.type, shape }],
  });
  return y as Value<T>;
};

export const cast = <T extends ElementType>(x: Value, type: T): Value<T> => {
  const [y] = x.graph.node({
    operator: 'Cast',
    inputs: [x],
    attributes: { to: ELEMENT_TYPE_CODES[type] },
    outputs: [{ type, shape: x.shape }],
  });
  return y as Value<T>;
};
