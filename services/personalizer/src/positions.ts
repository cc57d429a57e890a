import { hashOfBytes } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import type { Batch } from '@offerstream/pipeline';
import {
  BEFORE_FIRST,
  NO_COUNTS,
  type BeforeRebuild,
  type EventCounts,
  type Position,
} from '@offerstream/profile-store';

/** What a topic has at an offset: the record, or nothing because the log ends before it or begins after it. */
export type RecordAt = RawRecord | 'after-end' | 'before-beginning';

/** The store and the topic do not belong together; going on would lose or double events. */
export class PositionMismatch extends Error {
  readonly code = 'position-mismatch';
  readonly canRetry = false;

  constructor(partition: number, what: string) {
    super(
      `Partition ${partition}: ${what}. Stop all personalizers and start one with REBUILD=<a word that was not used before> ` +
        '(npm start -- --rebuild): it folds the topic again, without publishing what was published before.',
    );
    this.name = 'PositionMismatch';
  }
}

/**
 * What a rebuild need not do again. The positions that it forgets say more than what is committed: records may be saved, and so
 * counted, and not committed; and an earlier rebuild may not have come to its end. Those of a topic that was made anew since say
 * nothing.
 */
export const beforeRebuild = async (
  committed: ReadonlyMap<number, number>,
  stored: ReadonlyMap<number, Position>,
  recordAt: (partition: number, offset: number) => Promise<RecordAt>,
): Promise<ReadonlyMap<number, BeforeRebuild>> => {
  const before = new Map<number, BeforeRebuild>();
  for (const [partition, offset] of committed) {
    const position = stored.get(partition);
    const isOfTopic =
      position !== undefined &&
      (position.offset === BEFORE_FIRST ||
        mismatch(position, await recordAt(partition, position.offset)) === undefined);
    const { quietBelow = 0, countedBelow = 0, offset: saved = BEFORE_FIRST } = isOfTopic ? position : {};
    const quiet = Math.max(offset, quietBelow);
    before.set(partition, { quietBelow: quiet, countedBelow: Math.max(quiet, countedBelow, saved + 1) });
  }
  return before;
};

/**
 * How far each assigned partition has been folded. The store's position is the truth: consuming starts at the smaller of the
 * committed offset and the position's next, so that what was saved and not published comes again.
 */
export class Positions {
  /** As they were when the partitions were assigned. */
  private atAssignment: ReadonlyMap<number, Position> = new Map();
  private newest = new Map<number, Position>();
  private beforeRebuild: ReadonlyMap<number, BeforeRebuild> = new Map();

  /**
   * Takes over the assigned partitions.
   *
   * @param committed each assigned partition's committed offset
   * @param stored the store's positions
   * @param recordAt what the topic has at a partition's offset
   * @returns where to start; partitions that are missing start at the topic's beginning
   * @throws PositionMismatch
   */
  async assign(
    committed: ReadonlyMap<number, number | undefined>,
    stored: ReadonlyMap<number, Position>,
    recordAt: (partition: number, offset: number) => Promise<RecordAt>,
  ): Promise<ReadonlyMap<number, number>> {
    const starts = new Map<number, number>();
    const assigned = new Map<number, Position>();
    for (const [partition, committedOffset] of committed) {
      const position = stored.get(partition);
      if (position === undefined) {
        if (committedOffset === undefined || committedOffset === 0) continue;
        throw new PositionMismatch(
          partition,
          `offset ${committedOffset} is committed and the profile store knows nothing of it`,
        );
      }
      if (position.offset !== BEFORE_FIRST) {
        const problem = mismatch(position, await recordAt(partition, position.offset));
        if (problem !== undefined) throw new PositionMismatch(partition, problem);
      }
      assigned.set(partition, position);
      const next = position.offset + 1;
      // With nothing committed, what was saved may not have been published: from the beginning.
      if (position.quietBelow !== undefined && next < position.quietBelow) starts.set(partition, next);
      else if (committedOffset !== undefined) starts.set(partition, Math.min(committedOffset, next));
    }
    this.atAssignment = assigned;
    this.newest = new Map(assigned);
    this.beforeRebuild = new Map(
      [...stored].flatMap(([partition, { quietBelow, countedBelow = quietBelow }]) =>
        quietBelow === undefined || countedBelow === undefined ? [] : [[partition, { quietBelow, countedBelow }]],
      ),
    );
    return starts;
  }

  /** The record was folded, dropped or failed before this assignment, and comes again. */
  isBehind(record: RawRecord): boolean {
    const position = this.atAssignment.get(record.partition);
    return position !== undefined && record.offset <= position.offset;
  }

  /**
   * What was to be published for the record was published before the store was rebuilt, and it is folded again where it stands.
   * Answers for every partition, since copies of the record may stand in others.
   */
  isQuiet({ partition, offset }: Pick<RawRecord, 'partition' | 'offset'>): boolean {
    const before = this.beforeRebuild.get(partition);
    return before !== undefined && offset < before.quietBelow;
  }

  /** The record was saved before the store was rebuilt, and is not counted again. */
  isCounted({ partition, offset }: RawRecord): boolean {
    const before = this.beforeRebuild.get(partition);
    return before !== undefined && offset < before.countedBelow;
  }

  /** The positions after a batch, with what became of its records. To be called in the order of the batches. */
  advance(batch: Batch<RawRecord>): ReadonlyMap<number, Position> {
    const advanced = new Map<number, { readonly last: RawRecord; readonly counts: MutableCounts }>();
    const countsOf = (record: RawRecord): MutableCounts | undefined => advanced.get(record.partition)?.counts;
    for (const record of batch.records) {
      const before = this.newest.get(record.partition);
      if (before !== undefined && record.offset <= before.offset) continue;
      const counts = countsOf(record) ?? copyCounts(before?.counts ?? NO_COUNTS);
      counts.applied += 1;
      advanced.set(record.partition, { last: record, counts });
    }
    const recount = (record: RawRecord, kind: 'dropped' | 'failed', reason: string): void => {
      const before = this.newest.get(record.partition);
      const counts = countsOf(record);
      if (counts === undefined || (before !== undefined && record.offset <= before.offset)) return;
      counts.applied -= 1;
      counts[kind][reason] = (counts[kind][reason] ?? 0) + 1;
    };
    for (const { record, reason } of batch.dropped) recount(record, 'dropped', reason);
    for (const { record, reason } of batch.failed) recount(record, 'failed', reason);

    const positions = new Map<number, Position>();
    for (const [partition, { last, counts }] of advanced) {
      positions.set(partition, {
        offset: last.offset,
        appendedAt: last.appendedAt,
        recordHash: recordHash(last),
        counts,
        ...this.beforeRebuild.get(partition),
      });
    }
    for (const [partition, position] of positions) this.newest.set(partition, position);
    return positions;
  }

  /** What became of the events of the assigned partitions, ever. */
  counts(): EventCounts {
    const total = copyCounts(NO_COUNTS);
    for (const { counts } of this.newest.values()) {
      total.applied += counts.applied;
      for (const kind of ['dropped', 'failed'] as const)
        for (const [reason, count] of Object.entries(counts[kind]))
          total[kind][reason] = (total[kind][reason] ?? 0) + count;
    }
    return total;
  }
}

interface MutableCounts extends EventCounts {
  applied: number;
  readonly dropped: Record<string, number>;
  readonly failed: Record<string, number>;
}

const copyCounts = (counts: EventCounts): MutableCounts => ({
  applied: counts.applied,
  dropped: { ...counts.dropped },
  failed: { ...counts.failed },
});

export const recordHash = (record: Pick<RawRecord, 'key' | 'value'>): string =>
  hashOfBytes(Buffer.concat([record.key ?? Buffer.alloc(0), Buffer.from([0]), record.value ?? Buffer.alloc(0)]));

/** Why the position can't be one of this topic, which has this at its offset. */
const mismatch = (position: Position, found: RecordAt): string | undefined => {
  if (found === 'before-beginning') return undefined;
  if (found === 'after-end')
    return `the topic ends before offset ${position.offset}, up to which the profile store has folded it`;
  if (found.appendedAt !== position.appendedAt || recordHash(found) !== position.recordHash)
    return `the topic has another record at offset ${position.offset} than the one that was folded; it was made anew`;
  return undefined;
};
