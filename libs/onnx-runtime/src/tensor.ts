import { OnnxRuntimeError } from './errors.js';

/** float16 is absent: onnxruntime-node's binding can't read one that comes from here. */
const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  /** One byte an element, 0 or 1. */
  bool: Uint8Array,
} as const;

export type DataType = keyof typeof ARRAYS;
export type TensorData<Type extends DataType = DataType> = {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  readonly bool: Uint8Array;
}[Type];

/** Elements in row-major order; `data.length` is the product of `dims`. */
export type Tensor<Type extends DataType = DataType> = {
  [Each in Type]: { readonly dtype: Each; readonly dims: readonly number[]; readonly data: TensorData<Each> };
}[Type];

/** Tensors by the name of the graph's input or output. */
export type Tensors = Readonly<Record<string, Tensor>>;

export interface TensorMetadata {
  readonly name: string;
  readonly dtype: DataType;
  /** A number is fixed, a name is dynamic, and equal names mean equal sizes; '' is dynamic without a name. */
  readonly shape: readonly (number | string)[];
}

export interface InputMetadata extends TensorMetadata {
  /** The graph has a default for it, so it may be left out. */
  readonly optional: boolean;
}

export const isDataType = (name: string): name is DataType => Object.hasOwn(ARRAYS, name);

export const bytesPerElement = (dtype: DataType): number => ARRAYS[dtype].BYTES_PER_ELEMENT;

export const elementCount = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/**
 * A tensor over bytes in little-endian order: a view of them, or a copy where their offset is not a multiple of the element's size.
 *
 * @throws OnnxRuntimeError `input-invalid` when there are more or fewer bytes than `dims` says.
 */
export const tensorFromBytes = (dtype: DataType, dims: readonly number[], bytes: Uint8Array): Tensor => {
  const constructor = ARRAYS[dtype];
  const count = elementCount(dims);
  const expected = count * constructor.BYTES_PER_ELEMENT;
  if (bytes.byteLength !== expected)
    throw new OnnxRuntimeError(
      'input-invalid',
      `${dtype} [${dims.join(', ')}] has ${expected} bytes, ${bytes.byteLength} came`,
    );
  const aligned = bytes.byteOffset % constructor.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return {
    dtype,
    dims,
    data: new constructor(aligned.buffer as ArrayBuffer, aligned.byteOffset, count),
  } as Tensor;
};

/** The bytes of a tensor in little-endian order, as a view. */
export const tensorBytes = (tensor: Tensor): Uint8Array =>
  new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);

/**
 * The elements of a named tensor, when it has the type that the caller counts on.
 *
 * @throws OnnxRuntimeError `model-unusable` when the tensor is absent or has another type.
 */
export const dataOf = <Type extends DataType>(tensors: Tensors, name: string, dtype: Type): TensorData<Type> => {
  const tensor = tensors[name];
  if (tensor?.dtype !== dtype)
    throw new OnnxRuntimeError(
      'model-unusable',
      `The model should give "${name}" as ${dtype}; it gives ${tensor === undefined ? `only ${Object.keys(tensors).join(', ')}` : tensor.dtype}.`,
    );
  return tensor.data as TensorData<Type>;
};
