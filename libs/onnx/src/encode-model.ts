import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIMENSION,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from './proto-fields.js';
import { ProtobufMessage } from './protobuf.js';
import type { Shape } from './shape.js';
import { ELEMENT_TYPE_CODES, type ElementType, type Tensor } from './tensor.js';
import type { Value } from './value.js';

/** A whole number is an INT attribute, a string a STRING, a list INTS, a tensor TENSOR, `{ float }` a FLOAT, `{ graph }` a GRAPH. */
export type AttributeValue =
  number | string | readonly number[] | Tensor | { readonly float: number } | { readonly graph: GraphParts };

export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

export interface GraphInput {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

/** A node as it stands in a graph. */
export interface GraphNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface GraphParts {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  readonly initializers: readonly NamedTensor[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphInput[];
}

const PRODUCER = 'offerstream';
/** The format version that came with operator set 21 (onnx, docs/Versioning.md). */
const IR_VERSION = 10;
const OPERATOR_SETS = { '': 21, 'ai.onnx.ml': 4 } as const;

export const encodeModel = (graph: GraphParts): ProtobufMessage => {
  const model = new ProtobufMessage()
    .uint(MODEL.irVersion, IR_VERSION)
    .string(MODEL.producerName, PRODUCER)
    .message(MODEL.graph, encodeGraph(graph));
  for (const [domain, version] of Object.entries(OPERATOR_SETS)) {
    const used = domain === '' || graph.nodes.some((node) => node.domain === domain);
    if (used) {
      model.message(MODEL.opsetImport, new ProtobufMessage().string(OPSET.domain, domain).uint(OPSET.version, version));
    }
  }
  return model;
};

const encodeGraph = (graph: GraphParts): ProtobufMessage => {
  const message = new ProtobufMessage();
  for (const node of graph.nodes) message.message(GRAPH.node, encodeNode(node));
  message.string(GRAPH.name, graph.name);
  for (const { name, tensor } of graph.initializers) message.message(GRAPH.initializer, encodeTensor(tensor, name));
  for (const input of graph.inputs) message.message(GRAPH.input, encodeValueInfo(input));
  for (const output of graph.outputs) message.message(GRAPH.output, encodeValueInfo(output));
  return message;
};

const encodeNode = (node: GraphNode): ProtobufMessage => {
  const message = new ProtobufMessage();
  for (const input of node.inputs) message.string(NODE.input, input.name);
  for (const output of node.outputs) message.string(NODE.output, output.name);
  message.string(NODE.name, node.name).string(NODE.opType, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    message.message(NODE.attribute, encodeAttribute(name, value));
  }
  return message.string(NODE.domain, node.domain);
};

const encodeAttribute = (name: string, value: AttributeValue): ProtobufMessage => {
  const message = new ProtobufMessage().string(ATTRIBUTE.name, name);
  if (typeof value === 'number') {
    return message.int64(ATTRIBUTE.i, BigInt(value)).uint(ATTRIBUTE.type, ATTRIBUTE_TYPE.int);
  }
  if (typeof value === 'string') {
    return message.string(ATTRIBUTE.s, value).uint(ATTRIBUTE.type, ATTRIBUTE_TYPE.string);
  }
  if ('float' in value) return message.float(ATTRIBUTE.f, value.float).uint(ATTRIBUTE.type, ATTRIBUTE_TYPE.float);
  if ('graph' in value) {
    return message.message(ATTRIBUTE.g, encodeGraph(value.graph)).uint(ATTRIBUTE.type, ATTRIBUTE_TYPE.graph);
  }
  if ('data' in value) {
    return message.message(ATTRIBUTE.t, encodeTensor(value, name)).uint(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor);
  }
  return message.packedInt64(ATTRIBUTE.ints, value.map(BigInt)).uint(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints);
};

// `raw_data` is little-endian, as is every machine that Node.js and ONNX Runtime are published for together.
const encodeTensor = (tensor: Tensor, name: string): ProtobufMessage =>
  new ProtobufMessage()
    .packedInt64(TENSOR.dims, tensor.shape.map(BigInt))
    .uint(TENSOR.dataType, ELEMENT_TYPE_CODES[tensor.type])
    .string(TENSOR.name, name)
    .bytes(TENSOR.rawData, new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));

const encodeValueInfo = ({ name, type, shape }: GraphInput): ProtobufMessage => {
  const tensorType = new ProtobufMessage()
    .uint(TENSOR_TYPE.elemType, ELEMENT_TYPE_CODES[type])
    .message(TENSOR_TYPE.shape, encodeShape(shape));
  return new ProtobufMessage()
    .string(VALUE_INFO.name, name)
    .message(VALUE_INFO.type, new ProtobufMessage().message(TYPE.tensorType, tensorType));
};

export const encodeShape = (shape: Shape): ProtobufMessage => {
  const dimensions = new ProtobufMessage();
  for (const dimension of shape) {
    const message = new ProtobufMessage();
    if (typeof dimension === 'number') message.uint(DIMENSION.value, dimension);
    else message.string(DIMENSION.parameter, dimension);
    dimensions.message(SHAPE.dim, message);
  }
  return dimensions;
};
