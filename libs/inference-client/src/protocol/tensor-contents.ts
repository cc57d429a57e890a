import { datatypeBytes, type Datatype, type DatatypeArray } from './datatypes.js';
import type { InferTensorContents__Output } from './generated/inference/InferTensorContents.js';

/** The elements of a tensor that came in the typed fields of `InferTensorContents` instead of raw bytes. */
export const arrayFromContents = (datatype: Datatype, contents: InferTensorContents__Output): DatatypeArray => {
  switch (datatype) {
    case 'BOOL':
      return Uint8Array.from(contents.boolContents, Number);
    case 'INT8':
      return Int8Array.from(contents.intContents);
    case 'INT16':
      return Int16Array.from(contents.intContents);
    case 'INT32':
      return Int32Array.from(contents.intContents);
    case 'INT64':
      return BigInt64Array.from(contents.int64Contents, BigInt);
    case 'UINT8':
      return Uint8Array.from(contents.uintContents);
    case 'UINT16':
      return Uint16Array.from(contents.uintContents);
    case 'UINT32':
      return Uint32Array.from(contents.uintContents);
    case 'UINT64':
      return BigUint64Array.from(contents.uint64Contents, BigInt);
    case 'FP32':
      return Float32Array.from(contents.fp32Contents, Number);
    case 'FP64':
      return Float64Array.from(contents.fp64Contents, Number);
  }
};

/** How many bytes a tensor of this type and shape has. */
export const tensorBytes = (datatype: Datatype, shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, datatypeBytes(datatype));
