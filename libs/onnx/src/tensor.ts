import { OnnxGraphError } from './errors.js';
import { elementCount, formatShape } from './shape.js';

/** Element types of the graphs built here, with their codes in `TensorProto.DataType`. */
export const ELEMENT_TYPE_CODES = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

export type ElementType = keyof typeof ELEMENT_TYPE_CODES;
export type FloatType = 'float32' | 'float64';
export type NumberType = FloatType | 'int32' | 'int64';

export interface TensorArrays {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  /** One byte an element, 0 or 1. */
  readonly bool: Uint8Array;
}

/** Values with a static shape, row-major. The array is referenced, never copied: leave it unchanged until the model is written. */
export interface Tensor<T extends ElementType = ElementType> {
  readonly type: T;
  readonly shape: readonly number[];
  readonly data: TensorArrays[T];
}

/** @throws {OnnxGraphError} `wrong-shape` when the number of elements is not that of the shape. */
export const tensor = <T extends ElementType>(type: T, shape: readonly number[], data: TensorArrays[T]): Tensor<T> => {
  const expected = elementCount(shape);
  if (data.length !== expected) {
    throw new OnnxGraphError(
      'wrong-shape',
      `tensor of shape ${formatShape(shape)}: expected ${expected} elements, got ${data.length}`,
    );
  }
  return { type, shape, data };
};

export const scalar = <T extends ElementType>(type: T, value: number): Tensor<T> =>
  tensor(type, [], arrayOf(type, [value]));

export const vector = <T extends ElementType>(type: T, values: readonly number[]): Tensor<T> =>
  tensor(type, [values.length], arrayOf(type, values));

const arrayOf = <T extends ElementType>(type: T, values: readonly number[]): TensorArrays[T] => {
  const makers: { readonly [K in ElementType]: () => TensorArrays[K] } = {
    float32: () => Float32Array.from(values),
    float64: () => Float64Array.from(values),
    uint8: () => Uint8Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(values, BigInt),
    bool: () => Uint8Array.from(values),
  };
  return makers[type]();
};
