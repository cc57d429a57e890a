import { MemoryProfileStore, type Position, rebuildPositions } from '@offerstream/profile-store';
import { Batch } from '@offerstream/pipeline';
import type { RawRecord } from '@offerstream/kafka';
import { beforeRebuild, PositionMismatch, Positions, recordHash, type RecordAt } from './positions.js';
import { call, NOW_MS, record } from './shop.fixture.js';

const at = (offset: number, partition = 0): RawRecord =>
  record({ partition, offset, value: call({ messageId: offset }) });
const positionAt = (offset: number, over: Partial<Position> = {}): Position => ({
  offset,
  appendedAt: NOW_MS,
  recordHash: recordHash(at(offset)),
  counts: { applied: offset + 1, dropped: {}, failed: {} },
  ...over,
});
const batchOf = (...records: readonly RawRecord[]): Batch<RawRecord> => new Batch(records, () => true);

const assign = async (
  committed: number | undefined,
  stored: Position | undefined,
  { found = stored === undefined ? 'after-end' : at(stored.offset) }: { found?: RecordAt } = {},
) => {
  const positions = new Positions();
  const starts = await positions.assign(
    new Map([[0, committed]]),
    stored === undefined ? new Map() : new Map([[0, stored]]),
    () => Promise.resolve(found),
  );
  return { positions, start: starts.get(0) };
};

describe('where consuming starts', () => {
  it.each([
    ['nothing known at all: at the beginning', undefined, undefined, undefined],
    ['nothing known, nothing committed past the start', 0, undefined, undefined],
    ['saved and not committed: at what is committed, to publish again', 5, 9, 5],
    ['saved and committed alike', 10, 9, 10],
    ['committed and, after a loss of power, not saved', 10, 7, 8],
    ['saved and nothing committed: at the beginning, never at the watermark alone', undefined, 9, undefined],
  ])('%s', async (_, committed, offset, start) => {
    expect((await assign(committed, offset === undefined ? undefined : positionAt(offset))).start).toBe(start);
  });

  it('asks for the record at each partition’s own position', async () => {
    const asked: string[] = [];
    const stored = new Map([
      [0, positionAt(4)],
      [3, positionAt(8)],
      [7, positionAt(1)],
    ]);
    await new Positions().assign(
      new Map([
        [0, 5],
        [3, 9],
      ]),
      stored,
      (partition, offset) => {
        asked.push(`${partition}:${offset}`);
        return Promise.resolve(at(offset));
      },
    );
    expect(asked).toEqual(['0:4', '3:8']);
  });
});

describe('a store and a topic that do not belong together', () => {
  it.each([
    ['another record at the position', 5, positionAt(4), { ...at(4), value: Buffer.from('{}') }],
    ['another key at the position', 5, positionAt(4), { ...at(4), key: Buffer.from('demo:bob') }],
    ['the same record, appended at another time', 5, positionAt(4), { ...at(4), appendedAt: NOW_MS + 1 }],
    ['a topic that ends before the position', 5, positionAt(4), 'after-end' as const],
    ['an empty store beside a committed offset', 5, undefined, 'after-end' as const],
  ])('are refused with the fix in the message: %s', async (_, committed, stored, found) => {
    const refusal = assign(committed, stored, { found });
    await expect(refusal).rejects.toBeInstanceOf(PositionMismatch);
    await expect(refusal).rejects.toThrow('REBUILD=');
  });

  it('are not suspected where retention has deleted the record', async () => {
    expect((await assign(5, positionAt(4), { found: 'before-beginning' })).start).toBe(5);
  });
});

describe('folding the topic again', () => {
  const rebuilding = rebuildPositions(new Map([[0, { quietBelow: 5, countedBelow: 7 }]])).get(0);

  it('starts at the beginning and is quiet below what was committed', async () => {
    const { positions, start } = await assign(5, rebuilding);
    expect(start).toBe(0);
    expect([4, 5].map((offset) => positions.isQuiet(at(offset)))).toEqual([true, false]);
    expect(positions.isQuiet(at(4, 1))).toBe(false);
  });

  it('counts nothing again that was saved, whether or not it was committed', async () => {
    const { positions } = await assign(5, rebuilding);
    expect([4, 6, 7].map((offset) => positions.isCounted(at(offset)))).toEqual([true, true, false]);
    expect(positions.isCounted(at(4, 1))).toBe(false);
    const again = await assign(1, positions.advance(batchOf(at(0), at(1))).get(0));
    expect([6, 7].map((offset) => again.positions.isCounted(at(offset)))).toEqual([true, false]);
  });

  it('stays quiet across a restart, whatever is committed by then, and goes on from what is committed when it is past', async () => {
    const { positions } = await assign(5, rebuilding);
    const saved = positions.advance(batchOf(at(0), at(1))).get(0);
    expect(saved?.quietBelow).toBe(5);
    const again = await assign(1, saved);
    expect(again.start).toBe(2);
    expect([4, 5].map((offset) => again.positions.isQuiet(at(offset)))).toEqual([true, false]);
    const done = again.positions.advance(batchOf(at(2), at(3), at(4), at(5))).get(0);
    const past = await assign(5, done);
    expect(past.start).toBe(5);
    expect([4, 5].map((offset) => past.positions.isQuiet(at(offset)))).toEqual([true, false]);
  });
});

describe('what a rebuild need not do again', () => {
  const before = async (stored: Position | undefined, found: RecordAt = at(stored?.offset ?? 0)) =>
    (
      await beforeRebuild(new Map([[0, 5]]), stored === undefined ? new Map() : new Map([[0, stored]]), () =>
        Promise.resolve(found),
      )
    ).get(0);

  it('is what was committed, and of what was only saved the counting', async () => {
    expect(await before(undefined)).toEqual({ quietBelow: 5, countedBelow: 5 });
    expect(await before(positionAt(2))).toEqual({ quietBelow: 5, countedBelow: 5 });
    expect(await before(positionAt(9))).toEqual({ quietBelow: 5, countedBelow: 10 });
  });

  it('is what the rebuild before it did not have to do either', async () => {
    const rebuilt = { quietBelow: 20, countedBelow: 30 };
    expect(await before(positionAt(2, rebuilt))).toEqual(rebuilt);
    expect(await before(rebuildPositions(new Map([[0, rebuilt]])).get(0))).toEqual(rebuilt);
  });

  it('is only what was committed where the topic was made anew', async () => {
    const stored = positionAt(9, { quietBelow: 20, countedBelow: 30 });
    expect(await before(stored, 'after-end')).toEqual({ quietBelow: 5, countedBelow: 5 });
    expect(await before(stored, at(8))).toEqual({ quietBelow: 5, countedBelow: 5 });
    expect((await before(stored, 'before-beginning'))?.countedBelow).toBe(30);
  });
});

it('knows what is quiet in every partition, since copies may stand in those of others', async () => {
  const positions = new Positions();
  const stored = rebuildPositions(
    new Map([
      [0, { quietBelow: 5, countedBelow: 5 }],
      [1, { quietBelow: 8, countedBelow: 8 }],
    ]),
  );
  await positions.assign(new Map([[0, 5]]), stored, () => Promise.resolve('after-end'));
  expect([7, 8].map((offset) => positions.isQuiet({ partition: 1, offset }))).toEqual([true, false]);
});

describe('a record that comes again', () => {
  it('is behind at and below the position of the assignment, not of later batches', async () => {
    const { positions } = await assign(3, positionAt(4));
    expect([4, 5].map((offset) => positions.isBehind(at(offset)))).toEqual([true, false]);
    positions.advance(batchOf(at(5), at(6)));
    expect(positions.isBehind(at(5))).toBe(false);
    expect(positions.isBehind(at(4, 1))).toBe(false);
  });
});

describe('positions after a batch', () => {
  it('name the last record of each partition, whatever became of it', async () => {
    const { positions } = await assign(undefined, undefined);
    const batch = batchOf(at(0), at(7, 2), at(1), at(8, 2));
    batch.dropped.push({ record: at(8, 2), reason: 'duplicate' });
    expect(positions.advance(batch)).toEqual(
      new Map([
        [0, { ...positionAt(1), counts: { applied: 2, dropped: {}, failed: {} } }],
        [
          2,
          {
            ...positionAt(8),
            recordHash: recordHash(at(8, 2)),
            counts: { applied: 1, dropped: { duplicate: 1 }, failed: {} },
          },
        ],
      ]),
    );
  });

  it('count what was applied, dropped and failed, adding up to all records, and each record once', async () => {
    const before = positionAt(4, { counts: { applied: 3, dropped: { duplicate: 1 }, failed: { invalid: 1 } } });
    const { positions } = await assign(3, before);
    const batch = batchOf(at(3), at(4), at(5), at(6), at(7), at(8));
    batch.dropped.push({ record: at(4), reason: 'duplicate' }, { record: at(6), reason: 'no-consent' });
    batch.failed.push(
      { record: at(3), reason: 'invalid', step: 's', detail: '' },
      { record: at(7), reason: 'invalid', step: 's', detail: '' },
    );
    const counts = { applied: 5, dropped: { duplicate: 1, 'no-consent': 1 }, failed: { invalid: 2 } };
    expect(positions.advance(batch).get(0)).toMatchObject({ offset: 8, counts });
    expect(positions.counts()).toEqual(counts);
    expect(before.counts.failed).toEqual({ invalid: 1 });
  });

  it('say nothing of a batch that lies behind altogether', async () => {
    const { positions } = await assign(3, positionAt(4));
    expect(positions.advance(batchOf(at(3), at(4)))).toEqual(new Map());
  });

  it('survive the store', async () => {
    const { positions } = await assign(undefined, undefined);
    const store = new MemoryProfileStore();
    await store.save({ changes: [], positions: positions.advance(batchOf(at(0))) });
    const again = await new Positions().assign(new Map([[0, 1]]), await store.positions(), () =>
      Promise.resolve(at(0)),
    );
    expect(again.get(0)).toBe(1);
  });
});
