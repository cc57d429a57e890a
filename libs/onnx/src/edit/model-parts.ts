import {
  ATTRIBUTE,
  DIMENSION,
  GRAPH,
  NODE,
  SHAPE,
  SPARSE_TENSOR,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from '../proto-fields.js';
import { elementCount, type Shape } from '../shape.js';
import type { ElementType, Tensor, TensorArrays } from '../tensor.js';
import { contentsOf, decodeText, integerOf, integersOf, textOf, wireFields } from './wire-fields.js';

/** An input or output of a model, or a value within it. */
export interface ModelValue {
  readonly name: string;
  /** Element type, for example `float32`; undefined for what is no tensor. */
  readonly type: string | undefined;
  /** A size, the name of a size that is known at run time only, or '' for one without a name; undefined where nothing is said. */
  readonly shape: Shape | undefined;
}

export interface ModelInput extends ModelValue {
  /** It has a default and may be left out. */
  readonly optional: boolean;
}

export interface ModelInitializer {
  readonly name: string;
  readonly type: string | undefined;
  readonly shape: readonly number[];
}

export interface ModelNode {
  /** May be empty, and ONNX itself does not ask that it is unique. */
  readonly name: string;
  readonly operator: string;
  /** Operator set; '' is ONNX's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The elements of `TensorProto.DataType` by their codes. */
const ELEMENT_TYPES: readonly (string | undefined)[] = [
  undefined,
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
];

export const readValue = (valueInfo: Uint8Array): ModelValue => {
  const [type] = contentsOf(valueInfo, VALUE_INFO.type);
  const [tensorType] = type === undefined ? [] : contentsOf(type, TYPE.tensorType);
  const [shape] = tensorType === undefined ? [] : contentsOf(tensorType, TENSOR_TYPE.shape);
  return {
    name: textOf(valueInfo, VALUE_INFO.name),
    type: tensorType === undefined ? undefined : ELEMENT_TYPES[integerOf(tensorType, TENSOR_TYPE.elemType)],
    shape: shape === undefined ? undefined : contentsOf(shape, SHAPE.dim).map(readDimension),
  };
};

const readDimension = (dimension: Uint8Array): number | string => {
  const [size] = integersOf(dimension, DIMENSION.value);
  return size === undefined ? textOf(dimension, DIMENSION.parameter) : Number(size);
};

export const readInitializer = (tensor: Uint8Array): ModelInitializer => ({
  name: textOf(tensor, TENSOR.name),
  type: ELEMENT_TYPES[integerOf(tensor, TENSOR.dataType)],
  shape: integersOf(tensor, TENSOR.dims).map(Number),
});

/** The elements of a tensor that has them as raw bytes, copied: they may begin anywhere in a file. Undefined for any other. */
export const readTensor = <T extends ElementType>(content: Uint8Array, type: T): Tensor<T> | undefined => {
  const { type: found, shape } = readInitializer(content);
  const bytes = contentsOf(content, TENSOR.rawData).at(-1) ?? new Uint8Array();
  const Elements = ARRAYS[type];
  if (found !== type || bytes.byteLength !== elementCount(shape) * Elements.BYTES_PER_ELEMENT) return undefined;
  const data = new Elements(new Uint8Array(bytes).buffer) as TensorArrays[T];
  return { type, shape, data };
};

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const satisfies Record<ElementType, unknown>;

export const nameOfSparse = (sparseTensor: Uint8Array): string =>
  contentsOf(sparseTensor, SPARSE_TENSOR.values)
    .map((values) => textOf(values, TENSOR.name))
    .join('');

export const readNode = (node: Uint8Array): ModelNode => ({
  name: textOf(node, NODE.name),
  operator: textOf(node, NODE.opType),
  domain: ownDomain(textOf(node, NODE.domain)),
  inputs: contentsOf(node, NODE.input).map(decodeText),
  outputs: contentsOf(node, NODE.output).map(decodeText),
});

/** ONNX's own operator set has two names. */
export const ownDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** The graphs that a node has as attributes: its bodies. */
export const bodiesOf = (node: Uint8Array): readonly Uint8Array[] =>
  contentsOf(node, NODE.attribute).flatMap((attribute) => [
    ...contentsOf(attribute, ATTRIBUTE.g),
    ...contentsOf(attribute, ATTRIBUTE.graphs),
  ]);

/** The nodes of a graph's fields and of all bodies within, each as its bytes. */
export function* nodesWithin(graph: Uint8Array): Generator<Uint8Array> {
  for (const { number, content } of wireFields(graph)) {
    if (number !== GRAPH.node || content === undefined) continue;
    yield content;
    for (const body of bodiesOf(content)) yield* nodesWithin(body);
  }
}
