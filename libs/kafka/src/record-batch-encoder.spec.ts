import { createRequire } from 'node:module';
import { recordBatchBytes, sizeRecord, writeRecordBatch, type RecordContent } from './record-batch-encoder.js';

const load = createRequire(import.meta.url);
interface Encoded {
  readonly buffer: Buffer;
}
const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: Record<string, unknown>) => Promise<Encoded>;
};
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0') as (
  record: RecordContent & { offsetDelta: number; timestampDelta: number },
) => unknown;

const random = (seed: number) => {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
};

const ALPHABETS = ['abcdefgh0123:-', 'äöüßéñ', '漢字仮名', '😀😇'].map((text) => Array.from(text));

const randomText = (next: (below: number) => number, maxLength: number): string => {
  const alphabet = ALPHABETS[next(ALPHABETS.length)] ?? [];
  return Array.from({ length: next(maxLength) }, () => alphabet[next(alphabet.length)]).join('');
};

const randomPart = (next: (below: number) => number, maxLength: number): string | Buffer | null => {
  const kind = next(5);
  if (kind === 0) return null;
  if (kind === 1) return Buffer.from(Array.from({ length: next(maxLength) }, () => next(256)));
  return randomText(next, maxLength);
};

const randomRecord = (next: (below: number) => number): RecordContent => ({
  key: randomPart(next, 60),
  value: randomPart(next, next(10) === 0 ? 20_000 : 400),
  ...(next(4) === 0
    ? {}
    : {
        headers: Object.fromEntries(
          Array.from({ length: next(9) }, (_, index) => [
            `${randomText(next, 80)}${index}`,
            randomPart(next, 90) ?? '',
          ]),
        ),
      }),
});

const encode = (records: readonly RecordContent[], firstSequence: number, timestamp: number): Buffer => {
  const sized = records.map(sizeRecord);
  const target = Buffer.alloc(recordBatchBytes(sized) + 7, 0xee);
  const end = writeRecordBatch(target, 7, sized, { producerId: 4_711n, producerEpoch: 3, firstSequence }, timestamp);
  expect(end).toBe(target.length);
  return target.subarray(7);
};

const encodeWithKafkajs = async (
  records: readonly RecordContent[],
  firstSequence: number,
  timestamp: number,
): Promise<Buffer> => {
  const batch = await RecordBatch({
    records: records.map((record, offsetDelta) => encodeRecord({ ...record, offsetDelta, timestampDelta: 0 })),
    firstTimestamp: timestamp,
    maxTimestamp: timestamp,
    producerId: 4_711,
    producerEpoch: 3,
    firstSequence,
    lastOffsetDelta: records.length - 1,
  });
  return batch.buffer;
};

test.each([1, 2, 3, 63, 64, 65, 200])(
  'a random batch of %i records has the bytes of the original encoder',
  async (count) => {
    for (let round = 0; round < 5; round++) {
      const next = random(count * 100 + round);
      const records = Array.from({ length: count }, () => randomRecord(next));
      const ours = encode(records, round * 1_000_003, 1_700_000_000_000 + round);
      const theirs = await encodeWithKafkajs(records, round * 1_000_003, 1_700_000_000_000 + round);
      expect(ours.equals(theirs)).toBe(true);
    }
  },
);

test('offset deltas beyond two bytes and a value of several megabytes have the bytes of the original encoder', async () => {
  const many = Array.from({ length: 8_200 }, (_, index) => ({ key: `k${index}`, value: 'v' }));
  expect(encode(many, 0, 1).equals(await encodeWithKafkajs(many, 0, 1))).toBe(true);
  const large = [{ key: 'k', value: Buffer.alloc(5_000_000, 7) }, { value: 'ü'.repeat(1_200_000) }];
  expect(encode(large, 2_147_483_647, 1).equals(await encodeWithKafkajs(large, 2_147_483_647, 1))).toBe(true);
});
