import { decompress } from './compression.js';
import { KafkaError } from './errors.js';

/** Headers by name; of a name that comes twice the last value. */
export type RecordHeaders = Readonly<Record<string, Buffer | null>>;

/** A record as it lies in the log. Key, value and header values are views into the fetched bytes. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970, the broker's time on topics with LogAppendTime. */
  readonly appendedAt: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Decoded when first asked for. */
  readonly headers: RecordHeaders;
}

/** A transaction that was aborted: its producer's records from `firstOffset` up to its abort marker do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface DecodedRecords {
  readonly records: readonly RawRecord[];
  /** The offset after the last complete batch, also where it held nothing to read; undefined when there was none. */
  readonly nextOffset: number | undefined;
}

const BATCH_OVERHEAD = 61;
const LENGTH_PREFIX = 12;
const MAGIC = 2;
const CODEC_MASK = 0x07;
const APPEND_TIME_FLAG = 0x08;
const TRANSACTIONAL_FLAG = 0x10;
const CONTROL_FLAG = 0x20;
const ABORT_MARKER = 0;

/** A 64-bit number on the wire that fits a double exactly (offsets, times). */
export const readInt64 = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);

/** Reads variable-length numbers one after the other. */
class Cursor {
  constructor(
    readonly bytes: Buffer,
    public at: number,
  ) {}

  varint(): number {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined || shift > 28) throw unreadable('a length is cut off');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
      shift += 7;
    }
  }

  /** Up to 64 bits, for timestamps, which need more than 32 and fewer than 53. */
  varlong(): number {
    let value = 0;
    let factor = 1;
    for (let index = 0; index < 10; index++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    throw unreadable('a timestamp is cut off');
  }

  part(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw unreadable('a record is cut off');
    return this.bytes.subarray(start, this.at);
  }
}

const unreadable = (what: string): KafkaError =>
  new KafkaError('UNREADABLE_BATCH', false, `A record batch cannot be read: ${what}.`);

class LogRecord implements RawRecord {
  readonly #bytes: Buffer;
  readonly #headersAt: number;
  #headers: RecordHeaders | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly offset: number,
    readonly appendedAt: number,
    readonly key: Buffer | null,
    readonly value: Buffer | null,
    bytes: Buffer,
    headersAt: number,
  ) {
    this.#bytes = bytes;
    this.#headersAt = headersAt;
  }

  get headers(): RecordHeaders {
    return (this.#headers ??= decodeHeaders(this.#bytes, this.#headersAt));
  }
}

const decodeHeaders = (bytes: Buffer, at: number): RecordHeaders => {
  const headers = Object.create(null) as Record<string, Buffer | null>;
  const cursor = new Cursor(bytes, at);
  for (let count = cursor.varint(); count > 0; count--) {
    const name = cursor.part();
    headers[name === null ? '' : name.toString('utf8')] = cursor.part();
  }
  return headers;
};

/**
 * Reads the record batches (format version 2) of one partition's fetch response. A batch that is cut off at the end is
 * left for the next fetch; records below `fromOffset`, control records and those of aborted transactions are left out.
 *
 * @throws {KafkaError} `UNREADABLE_BATCH`
 */
export const decodeRecords = (
  topic: string,
  partition: number,
  bytes: Buffer,
  fromOffset: number,
  aborted: readonly AbortedTransaction[] = [],
): DecodedRecords => {
  const records: RawRecord[] = [];
  const toAbort = aborted.toSorted((left, right) => left.firstOffset - right.firstOffset);
  const abortedProducers = new Set<bigint>();
  let nextOffset: number | undefined;
  for (let start = 0; start + BATCH_OVERHEAD <= bytes.length;) {
    const end = start + LENGTH_PREFIX + bytes.readInt32BE(start + 8);
    if (end > bytes.length) break;
    if (bytes[start + 16] !== MAGIC) throw unreadable(`${topic}/${partition} has the old format ${bytes[start + 16]}`);
    const baseOffset = readInt64(bytes, start);
    const attributes = bytes.readInt16BE(start + 21);
    nextOffset = baseOffset + bytes.readInt32BE(start + 23) + 1;
    const batch = { bytes, start, end, baseOffset, attributes, topic, partition, fromOffset };
    start = end;
    if ((attributes & TRANSACTIONAL_FLAG) !== 0) {
      const producerId = bytes.readBigInt64BE(batch.start + 43);
      while (toAbort[0] !== undefined && toAbort[0].firstOffset < nextOffset) {
        abortedProducers.add((toAbort.shift() as AbortedTransaction).producerId);
      }
      if ((attributes & CONTROL_FLAG) !== 0 && isAbortMarker(batch)) abortedProducers.delete(producerId);
      else if (abortedProducers.has(producerId)) continue;
    }
    if ((attributes & CONTROL_FLAG) === 0 && nextOffset > fromOffset) readBatch(batch, records);
  }
  return { records, nextOffset };
};

interface BatchView {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly baseOffset: number;
  readonly attributes: number;
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
}

/** A control record's key holds its version and its type, two bytes each. */
const isAbortMarker = ({ bytes, start }: BatchView): boolean => {
  const cursor = new Cursor(bytes, start + BATCH_OVERHEAD);
  cursor.varint();
  cursor.at++;
  cursor.varlong();
  cursor.varint();
  return cursor.part()?.readInt16BE(2) === ABORT_MARKER;
};

const readBatch = (batch: BatchView, records: RawRecord[]): void => {
  const { bytes, start, end, baseOffset, attributes, topic, partition, fromOffset } = batch;
  const firstTimestamp = readInt64(bytes, start + 27);
  const appendTime = (attributes & APPEND_TIME_FLAG) === 0 ? undefined : readInt64(bytes, start + 35);
  const codec = attributes & CODEC_MASK;
  const packed = bytes.subarray(start + BATCH_OVERHEAD, end);
  const body = decompress(codec, packed);
  const cursor = new Cursor(body, 0);
  for (let count = bytes.readInt32BE(start + 57); count > 0; count--) {
    const length = cursor.varint();
    const next = cursor.at + length;
    if (length < 0 || next > body.length)
      throw unreadable(`${topic}/${partition} from offset ${baseOffset} is cut off`);
    cursor.at++; // attributes, unused
    const timestamp = firstTimestamp + cursor.varlong();
    const offset = baseOffset + cursor.varint();
    if (offset >= fromOffset) {
      const key = cursor.part();
      const value = cursor.part();
      records.push(new LogRecord(topic, partition, offset, appendTime ?? timestamp, key, value, body, cursor.at));
    }
    cursor.at = next;
  }
};
