import { createRequire } from 'node:module';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { KafkaError } from './errors.js';

const load = createRequire(import.meta.url);
const { decompress: lz4 } = load('lz4js') as { decompress: (bytes: Uint8Array) => Uint8Array };
const { uncompress: snappyBlock } = load('snappyjs') as {
  uncompress: (bytes: Uint8Array, maxSize?: number) => Uint8Array;
};

/** A batch that unpacks to more than this is refused; topics take records of a few megabytes. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = 16;

/** Java's snappy streams have the framing of xerial/snappy-java: a header, then blocks with their sizes in front. */
const snappy = (bytes: Buffer): Buffer => {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    return asBuffer(snappyBlock(bytes, MAX_UNPACKED_BYTES));
  }
  const blocks: Uint8Array[] = [];
  for (let at = XERIAL_HEADER; at < bytes.length;) {
    const size = bytes.readInt32BE(at);
    at += 4;
    blocks.push(snappyBlock(bytes.subarray(at, at + size), MAX_UNPACKED_BYTES));
    at += size;
  }
  return Buffer.concat(blocks);
};

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Unpacks a record batch of another client (this library sends uncompressed: compressing costs more than it saves).
 *
 * @param codec the lowest three bits of the batch's attributes: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd
 */
export const decompress = (codec: number, bytes: Buffer): Buffer => {
  switch (codec) {
    case 0:
      return bytes;
    case 1:
      return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
    case 2:
      return snappy(bytes);
    case 3:
      return asBuffer(lz4(bytes));
    case 4:
      return zstdDecompressSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
    default:
      throw new KafkaError('UNREADABLE_BATCH', false, `A batch has the unknown compression ${codec}.`);
  }
};
