import { BatchGatherer } from './batch-gatherer.js';
import type { RawRecord } from './record-batch-decoder.js';

const record = (partition: number, offset: number, key: string | null, closes = false): RawRecord => ({
  topic: 't',
  partition,
  offset,
  appendedAt: 0,
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from('v'),
  headers: closes ? { offer: Buffer.from('each') } : {},
});

const closesSubject = (candidate: RawRecord): string | undefined =>
  candidate.headers.offer === undefined ? undefined : candidate.key?.toString();

const names = (batch: readonly RawRecord[]): string[] => batch.map(({ partition, offset }) => `${partition}:${offset}`);

const series = (partition: number, count: number): RawRecord[] =>
  Array.from({ length: count }, (_, offset) => record(partition, offset, `k${offset % 3}`));

describe('BatchGatherer', () => {
  test('a batch takes fair shares of all partitions and keeps the order within each', () => {
    const gatherer = new BatchGatherer({ maxRecords: 6 });
    gatherer.add(series(0, 100), 0);
    gatherer.add(series(1, 2), 1);
    gatherer.add(series(2, 100), 2);
    const batch = gatherer.take();
    expect(batch).toHaveLength(6);
    for (const partition of [0, 1, 2]) {
      const offsets = batch.filter((each) => each.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual([0, 1]);
    }
  });

  test('what one partition lacks the others fill', () => {
    const gatherer = new BatchGatherer({ maxRecords: 10 });
    gatherer.add(series(0, 100), 0);
    gatherer.add(series(1, 1), 1);
    expect(names(gatherer.take()).sort()).toEqual(
      ['1:0', ...Array.from({ length: 9 }, (_, offset) => `0:${offset}`)].sort(),
    );
  });

  test('the first place goes round, so that no partition is always cut off', () => {
    const gatherer = new BatchGatherer({ maxRecords: 1 });
    for (const partition of [0, 1, 2]) gatherer.add(series(partition, 10), partition);
    const firsts = [gatherer.take(), gatherer.take(), gatherer.take()].map((batch) => batch[0]?.partition);
    expect(new Set(firsts)).toEqual(new Set([0, 1, 2]));
  });

  test('a record after a closing one of its key waits until that one is done, and its partition with it', () => {
    const gatherer = new BatchGatherer({ maxRecords: 100, closesSubject });
    gatherer.add([record(0, 0, 'a', true), record(0, 1, 'b'), record(0, 2, 'a'), record(0, 3, 'c')], 0);
    gatherer.add([record(1, 0, 'd'), record(1, 1, 'd'), record(1, 2, 'd')], 1);
    const first = gatherer.take();
    expect(names(first).sort()).toEqual(['0:0', '0:1', '1:0', '1:1', '1:2']);
    gatherer.add([record(1, 3, 'd')], 1);
    expect(names(gatherer.take())).toEqual(['1:3']);
    expect(gatherer.take()).toEqual([]);
    gatherer.release(first);
    expect(names(gatherer.take())).toEqual(['0:2', '0:3']);
    expect(gatherer.take()).toEqual([]);
  });

  test('closing records of one key come one a batch, in order', () => {
    const gatherer = new BatchGatherer({ maxRecords: 100, closesSubject });
    gatherer.add(
      [0, 1, 2].map((offset) => record(0, offset, 'a', true)),
      0,
    );
    for (const place of ['0:0', '0:1', '0:2']) {
      const batch = gatherer.take();
      expect(names(batch)).toEqual([place]);
      expect(gatherer.take()).toEqual([]);
      gatherer.release(batch);
    }
  });

  test('counts of records and bytes return to zero when all has been taken', () => {
    const gatherer = new BatchGatherer({ maxRecords: 7, closesSubject });
    gatherer.add([...series(0, 20), record(0, 20, null)], 0);
    expect(gatherer.records).toBe(21);
    while (gatherer.records > 0) gatherer.take();
    expect(gatherer.bytes).toBe(0);
    gatherer.add(series(0, 5), 0);
    gatherer.clear();
    expect([gatherer.records, gatherer.bytes, gatherer.take()]).toEqual([0, 0, []]);
  });
});
