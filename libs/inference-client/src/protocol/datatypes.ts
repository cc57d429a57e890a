const ARRAYS = {
  BOOL: Uint8Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

/** The protocol's data types that are spoken here: numbers and booleans (one byte each). */
export type Datatype = keyof typeof ARRAYS;
export type DatatypeArray<Type extends Datatype = Datatype> = {
  readonly BOOL: Uint8Array;
  readonly INT8: Int8Array;
  readonly INT16: Int16Array;
  readonly INT32: Int32Array;
  readonly INT64: BigInt64Array;
  readonly UINT8: Uint8Array;
  readonly UINT16: Uint16Array;
  readonly UINT32: Uint32Array;
  readonly UINT64: BigUint64Array;
  readonly FP32: Float32Array;
  readonly FP64: Float64Array;
}[Type];

export const isDatatype = (name: string): name is Datatype => Object.hasOwn(ARRAYS, name);

export const datatypeBytes = (datatype: Datatype): number => ARRAYS[datatype].BYTES_PER_ELEMENT;

/**
 * Little-endian bytes as elements: a view where the offset fits the element's size, else a copy (a typed array can't start
 * elsewhere, and protobuf does not align).
 */
export const arrayFromBytes = <Type extends Datatype>(datatype: Type, bytes: Uint8Array): DatatypeArray<Type> => {
  const constructor = ARRAYS[datatype];
  const aligned = bytes.byteOffset % constructor.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new constructor(
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.byteLength / constructor.BYTES_PER_ELEMENT,
  ) as DatatypeArray<Type>;
};
