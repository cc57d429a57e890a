import { crc32c } from '@node-rs/crc32';

/** Header names and values of a record to send; text is sent as UTF-8. */
export type ProducerHeaders = Readonly<Record<string, string | Buffer | null>>;

/** What a record carries, apart from where it goes. Text is sent as UTF-8; a null value is a tombstone. */
export interface RecordContent {
  readonly key?: string | Buffer | null | undefined;
  readonly value: string | Buffer | null;
  readonly headers?: ProducerHeaders | undefined;
}

/** A record whose parts have been measured, so that a batch can be written once into a buffer of the right size. */
export interface SizedRecord {
  readonly content: RecordContent;
  /** Bytes of the key, -1 for none. */
  readonly keyBytes: number;
  /** Bytes of the value, -1 for none. */
  readonly valueBytes: number;
  readonly headerCount: number;
  /** Bytes of the encoded record but for its own length and its offset delta. */
  readonly bodyBytes: number;
}

/** Who wrote a batch and in which place of its sequence: what the broker recognises a repeated send by. */
export interface ProducerStamp {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

const BATCH_OVERHEAD = 61;
const MAGIC = 2;
const LENGTH_AT = 8;
const LEADER_EPOCH_AT = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const FIRST_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const PRODUCER_EPOCH_AT = 51;
const FIRST_SEQUENCE_AT = 53;
const COUNT_AT = 57;

/** Text up to this length is measured and written byte by byte, which is faster than a call into the runtime. */
const SHORT_TEXT = 40;
const MAX_CACHED_NAMES = 512;
const headerNames = new Map<string, Buffer>();

/** Bytes of a zigzag variable-length integer; `value` is not negative. */
const varintBytes = (value: number): number => {
  if (value < 0x40) return 1;
  if (value < 0x2000) return 2;
  if (value < 0x10_0000) return 3;
  return value < 0x800_0000 ? 4 : 5;
};

const writeVarint = (target: Buffer, value: number, at: number): number => {
  let rest = (value << 1) ^ (value >> 31);
  let position = at;
  while ((rest & ~0x7f) !== 0) {
    target[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
};

const textBytes = (text: string): number => {
  const { length } = text;
  if (length > SHORT_TEXT) return Buffer.byteLength(text);
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) > 0x7f) return Buffer.byteLength(text);
  }
  return length;
};

/** Writes text of known size; as many bytes as characters means ASCII. */
const writeText = (target: Buffer, text: string, bytes: number, at: number): number => {
  if (bytes !== text.length) return at + target.write(text, at, bytes, 'utf8');
  if (bytes > SHORT_TEXT) return at + target.write(text, at, bytes, 'latin1');
  for (let index = 0; index < bytes; index++) target[at + index] = text.charCodeAt(index);
  return at + bytes;
};

const sizeOf = (part: string | Buffer | null | undefined): number => {
  if (part === null || part === undefined) return -1;
  return typeof part === 'string' ? textBytes(part) : part.length;
};

const sizedPartBytes = (bytes: number): number => (bytes < 0 ? 1 : varintBytes(bytes) + bytes);

const writeSizedPart = (
  target: Buffer,
  part: string | Buffer | null | undefined,
  bytes: number,
  at: number,
): number => {
  const start = writeVarint(target, bytes, at);
  if (part === null || part === undefined) return start;
  if (typeof part === 'string') return writeText(target, part, bytes, start);
  target.set(part, start);
  return start + bytes;
};

/** A header's name with its length in front: few names, written again and again. */
const encodedName = (name: string): Buffer => {
  const cached = headerNames.get(name);
  if (cached !== undefined) return cached;
  const bytes = Buffer.byteLength(name);
  const encoded = Buffer.allocUnsafeSlow(varintBytes(bytes) + bytes);
  encoded.write(name, writeVarint(encoded, bytes, 0), bytes, 'utf8');
  if (headerNames.size < MAX_CACHED_NAMES) headerNames.set(name, encoded);
  return encoded;
};

/** Measures a record; the sum of {@link SizedRecord.bodyBytes} bounds what it takes in a batch to within ten bytes. */
export const sizeRecord = (content: RecordContent): SizedRecord => {
  const keyBytes = sizeOf(content.key);
  const valueBytes = sizeOf(content.value);
  let bodyBytes = 2 + sizedPartBytes(keyBytes) + sizedPartBytes(valueBytes);
  const { headers } = content;
  let count = 0;
  if (headers !== undefined) {
    for (const name in headers) {
      count++;
      bodyBytes += encodedName(name).length + sizedPartBytes(sizeOf(headers[name]));
    }
  }
  return { content, keyBytes, valueBytes, headerCount: count, bodyBytes: bodyBytes + varintBytes(count) };
};

/** Exact size of the batch that {@link writeRecordBatch} writes for these records. */
export const recordBatchBytes = (records: readonly SizedRecord[]): number => {
  let bytes = BATCH_OVERHEAD;
  for (let index = 0; index < records.length; index++) {
    const body = (records[index] as SizedRecord).bodyBytes + varintBytes(index);
    bytes += varintBytes(body) + body;
  }
  return bytes;
};

/**
 * Writes one record batch (format version 2, uncompressed) and returns where it ends. Source: Apache Kafka
 * documentation, "Message Format", section "Record Batch".
 *
 * @param timestamp milliseconds since 1970, for every record of the batch; topics with LogAppendTime replace it
 */
export const writeRecordBatch = (
  target: Buffer,
  start: number,
  records: readonly SizedRecord[],
  stamp: ProducerStamp,
  timestamp: number,
): number => {
  let at = start + BATCH_OVERHEAD;
  for (let index = 0; index < records.length; index++) {
    const { content, keyBytes, valueBytes, headerCount, bodyBytes } = records[index] as SizedRecord;
    at = writeVarint(target, bodyBytes + varintBytes(index), at);
    target[at++] = 0; // attributes
    target[at++] = 0; // timestamp delta
    at = writeVarint(target, index, at);
    at = writeSizedPart(target, content.key, keyBytes, at);
    at = writeSizedPart(target, content.value, valueBytes, at);
    at = writeHeaders(target, content.headers, headerCount, at);
  }
  target.writeBigInt64BE(0n, start);
  target.writeInt32BE(at - start - LEADER_EPOCH_AT, start + LENGTH_AT);
  target.writeInt32BE(0, start + LEADER_EPOCH_AT);
  target[start + MAGIC_AT] = MAGIC;
  target.writeInt16BE(0, start + ATTRIBUTES_AT);
  target.writeInt32BE(records.length - 1, start + LAST_OFFSET_DELTA_AT);
  const milliseconds = BigInt(timestamp);
  target.writeBigInt64BE(milliseconds, start + FIRST_TIMESTAMP_AT);
  target.writeBigInt64BE(milliseconds, start + MAX_TIMESTAMP_AT);
  target.writeBigInt64BE(stamp.producerId, start + PRODUCER_ID_AT);
  target.writeInt16BE(stamp.producerEpoch, start + PRODUCER_EPOCH_AT);
  target.writeInt32BE(stamp.firstSequence, start + FIRST_SEQUENCE_AT);
  target.writeInt32BE(records.length, start + COUNT_AT);
  target.writeUInt32BE(crc32c(target.subarray(start + ATTRIBUTES_AT, at)), start + CRC_AT);
  return at;
};

const writeHeaders = (target: Buffer, headers: ProducerHeaders | undefined, count: number, start: number): number => {
  if (headers === undefined) {
    target[start] = 0;
    return start + 1;
  }
  let at = writeVarint(target, count, start);
  for (const name in headers) {
    const encoded = encodedName(name);
    for (let index = 0; index < encoded.length; index++) target[at + index] = encoded[index] as number;
    const value = headers[name];
    at = writeSizedPart(target, value, sizeOf(value), at + encoded.length);
  }
  return at;
};
