import { varint } from './varint.js';

/** A float32 graph of a few nodes; a name of a dimension is dynamic. */
export interface TinyGraph {
  readonly inputs: Readonly<Record<string, readonly (string | number)[]>>;
  readonly outputs: Readonly<Record<string, readonly (string | number)[]>>;
  /** Values inside the graph; one with the name of an input is that input's default. */
  readonly constants?: Readonly<Record<string, readonly number[]>>;
  readonly nodes: readonly {
    readonly operator: string;
    readonly inputs: readonly string[];
    readonly output: string;
  }[];
}

/**
 * The bytes of an ONNX model (onnx.proto, opset 21). `@offerstream/onnx` builds real graphs; it is tested by means of this library,
 * so it can't be used here.
 */
export const tinyGraph = ({ inputs, outputs, constants = {}, nodes }: TinyGraph): Uint8Array =>
  Buffer.concat([
    number(1, IR_VERSION),
    bytes(
      7,
      Buffer.concat([
        ...nodes.map((node, index) =>
          bytes(
            1,
            Buffer.concat([
              ...node.inputs.map((input) => text(1, input)),
              text(2, node.output),
              text(3, `node-${index}`),
              text(4, node.operator),
            ]),
          ),
        ),
        text(2, 'tiny'),
        ...Object.entries(constants).map(([name, values]) => bytes(5, constant(name, values))),
        ...Object.entries(inputs).map(([name, shape]) => bytes(11, valueInfo(name, shape))),
        ...Object.entries(outputs).map(([name, shape]) => bytes(12, valueInfo(name, shape))),
      ]),
    ),
    bytes(8, number(2, OPSET)),
  ]);

const IR_VERSION = 10;
const OPSET = 21;
const FLOAT = 1;

const number = (field: number, value: number): Uint8Array => Buffer.concat([varint(field << 3), varint(value)]);

const bytes = (field: number, payload: Uint8Array): Uint8Array =>
  Buffer.concat([varint((field << 3) | 2), varint(payload.byteLength), payload]);

const text = (field: number, value: string): Uint8Array => bytes(field, Buffer.from(value));

const constant = (name: string, values: readonly number[]): Uint8Array =>
  Buffer.concat([
    number(1, values.length),
    number(2, FLOAT),
    text(8, name),
    bytes(9, new Uint8Array(Float32Array.from(values).buffer)),
  ]);

const valueInfo = (name: string, shape: readonly (string | number)[]): Uint8Array => {
  const dimensions = shape.map((dim) => bytes(1, typeof dim === 'number' ? number(1, dim) : text(2, dim)));
  const tensorType = Buffer.concat([number(1, FLOAT), bytes(2, Buffer.concat(dimensions))]);
  return Buffer.concat([text(1, name), bytes(2, bytes(1, tensorType))]);
};
