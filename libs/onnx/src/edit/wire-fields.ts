import { ProtobufMessage } from '../protobuf.js';

/** A field of a message in protobuf's wire format. All arrays are views of the message. */
export interface WireField {
  readonly number: number;
  /** Tag and payload as they stand in the message. */
  readonly whole: Uint8Array;
  /** The payload of a length-delimited or fixed field without its length; of another field, nothing. */
  readonly content: Uint8Array | undefined;
  /** The value of a varint field. */
  readonly varint: bigint | undefined;
}

/** Bytes that are no message in protobuf's wire format. `isCutShort`: up to their end they could be one. */
export class WireFormatError extends Error {
  constructor(readonly isCutShort: boolean) {
    super(isCutShort ? 'the bytes end within a field' : 'the bytes are not in the wire format');
  }
}

const WIRE_TYPE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;
const MAX_VARINT_BYTES = 10;

/**
 * The fields of a message in their order (protobuf.dev, "Encoding").
 *
 * @throws {WireFormatError}
 */
export function* wireFields(message: Uint8Array): Generator<WireField> {
  let position = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = message[position++];
      if (byte === undefined) throw new WireFormatError(true);
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireFormatError(false);
  };
  while (position < message.byteLength) {
    const start = position;
    const tag = Number(readVarint());
    const number = Math.floor(tag / 8);
    if (number === 0) throw new WireFormatError(false);
    let varint: bigint | undefined;
    let length: number | undefined;
    switch (tag % 8) {
      case WIRE_TYPE.varint:
        varint = readVarint();
        break;
      case WIRE_TYPE.fixed64:
        length = 8;
        break;
      case WIRE_TYPE.lengthDelimited:
        length = Number(readVarint());
        break;
      case WIRE_TYPE.fixed32:
        length = 4;
        break;
      default:
        throw new WireFormatError(false);
    }
    const end = position + (length ?? 0);
    if (end > message.byteLength) throw new WireFormatError(true);
    yield {
      number,
      whole: message.subarray(start, end),
      content: length === undefined ? undefined : message.subarray(position, end),
      varint,
    };
    position = end;
  }
}

/** The contents of the length-delimited fields of one number. */
export const contentsOf = (message: Uint8Array, number: number): readonly Uint8Array[] =>
  [...wireFields(message)].flatMap((field) => (field.number === number ? (field.content ?? []) : []));

/** The text of a field; the last one counts, and an absent one is empty. */
export const textOf = (message: Uint8Array, number: number): string => {
  const content = contentsOf(message, number).at(-1);
  return content === undefined ? '' : decodeText(content);
};

/** The integers of a field that is repeated, packed or not. */
export const integersOf = (message: Uint8Array, number: number): readonly bigint[] => {
  const values: bigint[] = [];
  for (const field of wireFields(message)) {
    if (field.number !== number) continue;
    if (field.varint !== undefined) values.push(BigInt.asIntN(64, field.varint));
    if (field.content !== undefined) values.push(...packedIntegers(field.content));
  }
  return values;
};

/** An integer field that a message has at most once; 0 where it is absent, as protobuf has it. */
export const integerOf = (message: Uint8Array, number: number): number =>
  Number(integersOf(message, number).at(-1) ?? 0n);

const packedIntegers = (content: Uint8Array): readonly bigint[] => {
  const values: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of content) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    values.push(BigInt.asIntN(64, value));
    value = 0n;
    shift = 0n;
  }
  return values;
};

export const decodeText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

/** What becomes of the contents of fields, by their number. Who changes nothing gives back the same array. */
export type Edits = Readonly<Record<number, (content: Uint8Array) => Uint8Array>>;

/** A field after an edit of its content; the same one where nothing was changed. */
export const editField = (field: WireField, edits: Edits): WireField => {
  const { number, content } = field;
  const edited = content === undefined ? undefined : edits[number]?.(content);
  return edited === undefined || edited === content ? field : lengthDelimited(number, edited);
};

/** A message after edits of its fields' contents; the same array where nothing was changed. */
export const editMessage = (message: Uint8Array, edits: Edits): Uint8Array => {
  const fields = [...wireFields(message)];
  const edited = fields.map((field) => editField(field, edits));
  return edited.every((field, i) => field === fields[i]) ? message : Buffer.concat(edited.map(({ whole }) => whole));
};

export const lengthDelimited = (number: number, content: Uint8Array): WireField => ({
  number,
  whole: Buffer.concat(new ProtobufMessage().bytes(number, content).parts()),
  content,
  varint: undefined,
});
