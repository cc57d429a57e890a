import { tensorFromBytes, type DataType, type Tensors } from './tensor.js';

/** A tensor as it travels: its elements row-major in little-endian order, at any alignment. */
export interface TensorBytes {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

export type TensorBytesByName = Readonly<Record<string, TensorBytes>>;

/** Tensors in one buffer that can be handed to another thread without a copy. */
export interface PackedTensors {
  readonly buffer: ArrayBuffer;
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: DataType;
    readonly dims: readonly number[];
    readonly offset: number;
    readonly byteLength: number;
  }[];
}

/** The widest element has 8 bytes, and a typed array must start at a multiple of its element's size. */
const ALIGNMENT = 8;

export const aligned = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

/** Copies tensors, each once, into a buffer of their own in which every one of them is aligned. */
export const packTensors = (tensors: TensorBytesByName): PackedTensors => {
  let end = 0;
  const places = Object.entries(tensors).map(([name, { dtype, dims, bytes }]) => {
    const offset = aligned(end);
    end = offset + bytes.byteLength;
    return { name, dtype, dims, bytes, offset };
  });
  const buffer = new ArrayBuffer(end);
  const target = new Uint8Array(buffer);
  return {
    buffer,
    tensors: places.map(({ name, dtype, dims, bytes, offset }) => {
      target.set(bytes, offset);
      return { name, dtype, dims, offset, byteLength: bytes.byteLength };
    }),
  };
};

/** Views of packed tensors. */
export const unpackTensors = (packed: PackedTensors): Tensors =>
  Object.fromEntries(
    packed.tensors.map(({ name, dtype, dims, offset, byteLength }) => [
      name,
      tensorFromBytes(dtype, dims, new Uint8Array(packed.buffer, offset, byteLength)),
    ]),
  );
