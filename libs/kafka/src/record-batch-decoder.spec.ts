import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { decodeRecords } from './record-batch-decoder.js';
import { recordBatchBytes, sizeRecord, writeRecordBatch, type RecordContent } from './record-batch-encoder.js';

const load = createRequire(import.meta.url);
const lz4 = load('lz4js') as { compress: (bytes: Uint8Array) => Uint8Array };
const snappy = load('snappyjs') as { compress: (bytes: Uint8Array) => Uint8Array };

const OVERHEAD = 61;

const batchOf = (contents: readonly RecordContent[], baseOffset = 0, timestamp = 1_700_000_000_000): Buffer => {
  const sized = contents.map(sizeRecord);
  const bytes = Buffer.alloc(recordBatchBytes(sized));
  writeRecordBatch(bytes, 0, sized, { producerId: 9n, producerEpoch: 0, firstSequence: 0 }, timestamp);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  return bytes;
};

/** The same batch with its records packed, as other clients send them. */
const packed = (batch: Buffer, codec: number, pack: (bytes: Buffer) => Uint8Array): Buffer => {
  const header = Buffer.from(batch.subarray(0, OVERHEAD));
  const body = pack(batch.subarray(OVERHEAD));
  header.writeInt16BE(codec, 21);
  header.writeInt32BE(OVERHEAD - 12 + body.length, 8);
  return Buffer.concat([header, body]);
};

const xerial = (bytes: Buffer): Buffer => {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 1_000) {
    const block = Buffer.from(snappy.compress(bytes.subarray(at, at + 1_000)));
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.length);
    blocks.push(size, block);
  }
  return Buffer.concat([header, ...blocks]);
};

const contents: readonly RecordContent[] = [
  { key: 'shop:anna', value: '{"event":"Product Viewed"}', headers: { ce_id: 'm1', empty: '', none: null } },
  { key: null, value: null },
  { key: Buffer.from([0, 255]), value: 'x'.repeat(5_000), headers: { ünïcode: Buffer.from([1, 2]) } },
];

const simple = (records: readonly { key: Buffer | null; value: Buffer | null; offset: number }[]) =>
  records.map(({ key, value, offset }) => [offset, key?.toString('latin1') ?? null, value?.length ?? null]);

const EXPECTED = [
  [40, 'shop:anna', 26],
  [41, null, null],
  [42, '\u0000ÿ', 5_000],
];

test('reads back what the encoder wrote, headers included', () => {
  const { records, nextOffset } = decodeRecords('t', 3, batchOf(contents, 40), 40);
  expect(simple(records)).toEqual(EXPECTED);
  expect(nextOffset).toBe(43);
  expect({ ...records[0]?.headers }).toEqual({ ce_id: Buffer.from('m1'), empty: Buffer.alloc(0), none: null });
  expect({ ...records[1]?.headers }).toEqual({});
  expect({ ...records[2]?.headers }).toEqual({ ünïcode: Buffer.from([1, 2]) });
  expect(records[0]).toMatchObject({ topic: 't', partition: 3, appendedAt: 1_700_000_000_000 });
});

test.each([
  ['gzip', 1, (bytes: Buffer) => gzipSync(bytes)],
  ['snappy', 2, (bytes: Buffer) => snappy.compress(bytes)],
  ['snappy in the framing of Java clients', 2, xerial],
  ['lz4', 3, (bytes: Buffer) => lz4.compress(bytes)],
  ['zstd', 4, (bytes: Buffer) => zstdCompressSync(bytes)],
] as const)('reads a batch packed with %s', (_, codec, pack) => {
  const { records } = decodeRecords('t', 0, packed(batchOf(contents, 40), codec, pack), 40);
  expect(simple(records)).toEqual(EXPECTED);
  expect(records[2]?.headers['ünïcode']).toEqual(Buffer.from([1, 2]));
});

test('an unknown compression is an error that names it', () => {
  const bytes = packed(batchOf(contents), 7, (body) => body);
  expect(() => decodeRecords('t', 0, bytes, 0)).toThrow(/compression 7/);
});

test('on topics with append time, every record has the time of its batch', () => {
  const bytes = batchOf(contents, 0, 1_000);
  bytes.writeInt16BE(0x08, 21);
  bytes.writeBigInt64BE(1_800_000_000_123n, 35);
  expect(decodeRecords('t', 0, bytes, 0).records.map(({ appendedAt }) => appendedAt)).toEqual(
    Array(3).fill(1_800_000_000_123),
  );
});

test('records below the asked offset are left out, and a batch that is cut off waits for the next fetch', () => {
  const first = batchOf(contents, 40);
  const second = batchOf(contents, 43);
  const { records, nextOffset } = decodeRecords(
    't',
    0,
    Buffer.concat([first, second.subarray(0, second.length - 1)]),
    42,
  );
  expect(records.map(({ offset }) => offset)).toEqual([42]);
  expect(nextOffset).toBe(43);
});

test('offsets beyond 32 bits are exact', () => {
  const base = 2 ** 40 + 7;
  expect(decodeRecords('t', 0, batchOf([{ value: 'v' }], base), base).records[0]?.offset).toBe(base);
});

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const transactional = (batch: Buffer, producerId: bigint, flags = 0): Buffer => {
  batch.writeInt16BE(TRANSACTIONAL | flags, 21);
  batch.writeBigInt64BE(producerId, 43);
  return batch;
};

const marker = (baseOffset: number, producerId: bigint, type: 0 | 1): Buffer =>
  transactional(batchOf([{ key: Buffer.from([0, 0, 0, type]), value: 'marker' }], baseOffset), producerId, CONTROL);

test('records of an aborted transaction and control records are left out, the same producer counts again afterwards', () => {
  const bytes = Buffer.concat([
    transactional(batchOf([{ value: 'aborted' }], 0), 5n),
    transactional(batchOf([{ value: 'other' }], 1), 6n),
    marker(2, 5n, 0),
    transactional(batchOf([{ value: 'later' }], 3), 5n),
    marker(4, 6n, 1),
    marker(5, 5n, 1),
  ]);
  const { records, nextOffset } = decodeRecords('t', 0, bytes, 0, [{ producerId: 5n, firstOffset: 0 }]);
  expect(records.map(({ value }) => value?.toString())).toEqual(['other', 'later']);
  expect(nextOffset).toBe(6);
});
