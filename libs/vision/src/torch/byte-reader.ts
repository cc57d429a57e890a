import { damaged, TorchFileError } from './torch-file-error.js';

/** Reads a file from front to back. Every read throws TorchFileError `truncated` where the file has fewer bytes. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#position;
  }

  /** A view of the next bytes. */
  take(count: number): Buffer {
    const start = this.#position;
    if (count > this.#bytes.byteLength - start) {
      throw new TorchFileError(
        'truncated',
        `The file ends at byte ${this.#bytes.byteLength}, and ${count} bytes from ${start} on belong to it: download or copy it again.`,
      );
    }
    this.#position += count;
    return this.#bytes.subarray(start, this.#position);
  }

  uint8(): number {
    return this.take(1).readUInt8();
  }

  uint16(): number {
    return this.take(2).readUInt16LE();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  int32(): number {
    return this.take(4).readInt32LE();
  }

  /** A count of eight bytes. */
  uint64(): number {
    const count = this.take(8).readBigUInt64LE();
    if (count > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(`${count} of something`);
    return Number(count);
  }

  /** Up to the next line break, which is read, too. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    const line = this.take((end < 0 ? this.#bytes.byteLength : end) - this.#position).toString();
    this.take(1);
    return line;
  }
}
