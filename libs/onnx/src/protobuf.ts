const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const text = new TextEncoder();

/**
 * One message in protobuf's wire format (protobuf.dev, "Encoding"), as a list of byte ranges. Large fields are
 * referenced instead of copied, so a model with big tensors is in memory once.
 */
export class ProtobufMessage {
  readonly #parts: Uint8Array[] = [];
  #open: number[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes + this.#open.length;
  }

  /** A non-negative int32, int64 or enum. */
  uint(field: number, value: number): this {
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  /** A signed int64. */
  int64(field: number, value: bigint): this {
    this.#tag(field, VARINT);
    this.#varint64(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#tag(field, FIXED32);
    this.#open.push(...new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(value.byteLength);
    this.#append(value);
    return this;
  }

  /** A packed repeated int64. */
  packedInt64(field: number, values: readonly bigint[]): this {
    const packed = new ProtobufMessage();
    for (const value of values) packed.#varint64(value);
    return this.message(field, packed);
  }

  message(field: number, value: ProtobufMessage): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(value.sizeBytes);
    for (const part of value.parts()) this.#append(part);
    return this;
  }

  /** Whole fields as they stand in another message. */
  fields(bytes: Uint8Array): this {
    this.#append(bytes);
    return this;
  }

  /** The bytes in order. They alias the large fields. */
  parts(): readonly Uint8Array[] {
    this.#close();
    return this.#parts;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#open.push((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#open.push(rest);
  }

  #varint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.#open.push(Number(rest & 0x7fn) + 0x80);
      rest >>= 7n;
    }
    this.#open.push(Number(rest));
  }

  #append(bytes: Uint8Array): void {
    if (bytes.byteLength <= MAX_COPIED_BYTES) {
      for (const byte of bytes) this.#open.push(byte);
      return;
    }
    this.#close();
    this.#parts.push(bytes);
    this.#sizeBytes += bytes.byteLength;
  }

  #close(): void {
    if (this.#open.length === 0) return;
    this.#parts.push(Uint8Array.from(this.#open));
    this.#sizeBytes += this.#open.length;
    this.#open = [];
  }
}

const MAX_COPIED_BYTES = 512;
