import type { Datatype } from '@offerstream/inference-client/protocol';
import type { DataType } from '@offerstream/onnx-runtime';

const NAMES = {
  BOOL: 'bool',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  FP32: 'float32',
  FP64: 'float64',
} as const satisfies Record<Datatype, DataType>;

const PROTOCOL_NAMES = Object.fromEntries(
  Object.entries(NAMES).map(([datatype, dtype]) => [dtype, datatype]),
) as Readonly<Record<DataType, Datatype>>;

export const dtypeOf = (datatype: Datatype): DataType => NAMES[datatype];
export const datatypeOf = (dtype: DataType): Datatype => PROTOCOL_NAMES[dtype];
