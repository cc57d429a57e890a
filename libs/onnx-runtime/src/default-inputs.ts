import { OnnxRuntimeError } from './errors.js';
import { tensorFromBytes, type DataType, type Tensor, type Tensors } from './tensor.js';
import { varint } from './varint.js';

/** A model whose defaults are no longer part of the graph, and those defaults. */
export interface SplitModel {
  readonly bytes: Uint8Array;
  readonly defaults: Tensors;
}

/**
 * Takes the defaults of graph inputs (initializers that bear an input's name) out of a model, so that they become ordinary inputs.
 *
 * onnxruntime-node offers no way to feed such an input: its binding lists the required inputs only and drops a tensor given for
 * another name without an error, so the default would win over what the caller asked for.
 *
 * Works on the wire format of onnx.proto (ModelProto.graph = 7; GraphProto.initializer = 5, .input = 11; ValueInfoProto.name = 1;
 * TensorProto.dims = 1, .data_type = 2, .float_data = 4, .int32_data = 5, .int64_data = 7, .name = 8, .raw_data = 9,
 * .double_data = 10), so that a large model is not decoded for it.
 *
 * @throws OnnxRuntimeError `model-unusable` when the bytes are not protobuf.
 */
export const splitDefaults = (model: Uint8Array): SplitModel => {
  const modelFields = readFields(model);
  const graphField = modelFields.find((field) => field.number === 7);
  if (graphField === undefined) throw new OnnxRuntimeError('model-unusable', 'The model holds no graph.');
  const graph = graphField.payload;
  const fields = readFields(graph);
  const inputNames = new Set(fields.filter((field) => field.number === 11).map((field) => textField(field.payload, 1)));
  const taken = fields.filter((field) => field.number === 5 && inputNames.has(textField(field.payload, 8)));
  if (taken.length === 0) return { bytes: model, defaults: {} };

  const kept = Buffer.concat(fields.filter((field) => !taken.includes(field)).map((field) => field.whole));
  return {
    bytes: Buffer.concat([
      ...modelFields.filter((field) => field !== graphField).map((field) => field.whole),
      Buffer.of(GRAPH_TAG),
      varint(kept.byteLength),
      kept,
    ]),
    defaults: Object.fromEntries(taken.map((field) => [textField(field.payload, 8), readTensor(field.payload)])),
  };
};

const LENGTH_DELIMITED = 2;
const GRAPH_TAG = (7 << 3) | LENGTH_DELIMITED;

/** onnx.proto, TensorProto.DataType. */
const DATA_TYPES: Readonly<Record<number, DataType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
};

interface Field {
  readonly number: number;
  /** Tag and payload. */
  readonly whole: Uint8Array;
  /** The content of a length-delimited or fixed field; empty for a varint. */
  readonly payload: Uint8Array;
  readonly value: bigint;
}

const readFields = (bytes: Uint8Array): Field[] => {
  const fields: Field[] = [];
  let position = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[position++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw notProtobuf();
  };
  while (position < bytes.byteLength) {
    const start = position;
    const tag = Number(readVarint());
    let value = 0n;
    let length = 0;
    switch (tag & 7) {
      case 0:
        value = readVarint();
        break;
      case 1:
        length = 8;
        break;
      case LENGTH_DELIMITED:
        length = Number(readVarint());
        break;
      case 5:
        length = 4;
        break;
      default:
        throw notProtobuf();
    }
    const end = position + length;
    if (end > bytes.byteLength) throw notProtobuf();
    fields.push({
      number: tag >>> 3,
      whole: bytes.subarray(start, end),
      payload: bytes.subarray(position, end),
      value,
    });
    position = end;
  }
  return fields;
};

const notProtobuf = (): OnnxRuntimeError =>
  new OnnxRuntimeError('model-unusable', 'The file is cut short or is not an ONNX model.');

const textField = (message: Uint8Array, number: number): string => {
  const field = readFields(message).find((candidate) => candidate.number === number);
  return field === undefined ? '' : Buffer.from(field.payload).toString('utf8');
};

const readTensor = (message: Uint8Array): Tensor => {
  const fields = readFields(message);
  const of = (number: number) => fields.filter((field) => field.number === number);
  const name = textField(message, 8);
  const dtype = DATA_TYPES[Number(of(2)[0]?.value ?? 0n)];
  if (dtype === undefined)
    throw new OnnxRuntimeError('model-unusable', `The default of input "${name}" has a type that is not supported.`);
  const dims = of(1).flatMap(integers).map(Number);
  const raw = of(9)[0]?.payload ?? bytesOfTypedFields(dtype, of);
  // A copy, so that the default does not keep the whole file in memory.
  return tensorFromBytes(dtype, dims, new Uint8Array(raw));
};

const bytesOfTypedFields = (dtype: DataType, of: (number: number) => Field[]): Uint8Array => {
  switch (dtype) {
    case 'float32':
      return Buffer.concat(of(4).map((field) => field.payload));
    case 'float64':
      return Buffer.concat(of(10).map((field) => field.payload));
    case 'int64':
      return bytesOf(BigInt64Array.from(of(7).flatMap(integers)));
    case 'int32':
      return bytesOf(Int32Array.from(of(5).flatMap(integers).map(Number)));
    case 'bool':
      return Uint8Array.from(of(5).flatMap(integers).map(Number));
    default:
      return new Uint8Array(0);
  }
};

const bytesOf = (array: BigInt64Array | Int32Array): Uint8Array => new Uint8Array(array.buffer);

/** The integers of a repeated field, packed or not. */
const integers = (field: Field): bigint[] => {
  if ((field.whole[0] ?? 0) % 8 === 0) return [BigInt.asIntN(64, field.value)];
  const values: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of field.payload) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      values.push(BigInt.asIntN(64, value));
      value = 0n;
      shift = 0n;
    }
  }
  return values;
};
