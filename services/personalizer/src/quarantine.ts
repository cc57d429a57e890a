import type { RawRecord } from '@offerstream/kafka';
import type { Attempt, ProfileStore } from '@offerstream/profile-store';

/** From this attempt on at the same offset, records are taken one by one, so that the one that kills the process is found. */
const ATTEMPTS_TOGETHER = 2;
/** So often the process may die while one record alone is in work, before that record is taken for the killer. */
const TRIES_ALONE = 2;

/**
 * Finds the record that ends the process. The first batch of a partition after its assignment is counted, durably, before
 * it begins: a count that stays at the same offset means that the process died over it.
 */
export class Quarantine {
  private attempts: Map<number, Attempt> = new Map();
  private counted = new Set<number>();
  private readonly killers = new Set<string>();
  private gate: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Pick<ProfileStore, 'attempts' | 'saveAttempt'>,
    private readonly onKiller: (record: RawRecord) => void,
  ) {}

  /** To be called at each assignment. */
  async assign(): Promise<void> {
    this.attempts = new Map(await this.store.attempts());
    this.counted = new Set();
  }

  /** The process died twice while this record alone was in work. */
  isKiller(record: RawRecord): boolean {
    return this.killers.size > 0 && this.killers.has(placeOf(record));
  }

  /** Runs `work` on the records: all together, or one by one where the process died over them before. */
  async guard<Result>(
    records: readonly RawRecord[],
    work: (records: readonly RawRecord[]) => Promise<Result>,
  ): Promise<Result[]> {
    await this.gate;
    if (!records.some(({ partition }) => !this.counted.has(partition))) return [await work(records)];
    const counting = Promise.withResolvers<undefined>();
    this.gate = counting.promise;
    const oneByOne = await this.countAttempts(records);
    if (!oneByOne) {
      counting.resolve(undefined);
      return [await work(records)];
    }
    const results: Result[] = [];
    for (const record of records) results.push(await this.alone(record, work));
    counting.resolve(undefined);
    return results;
  }

  private async countAttempts(records: readonly RawRecord[]): Promise<boolean> {
    let oneByOne = false;
    for (const { partition, offset } of records) {
      if (this.counted.has(partition)) continue;
      this.counted.add(partition);
      const before = this.attempts.get(partition);
      const attempt: Attempt =
        before?.offset === offset ? { ...before, count: before.count + 1 } : { offset, count: 1 };
      this.attempts.set(partition, attempt);
      await this.store.saveAttempt(partition, attempt);
      if (attempt.count > ATTEMPTS_TOGETHER) oneByOne = true;
    }
    return oneByOne;
  }

  private async alone<Result>(
    record: RawRecord,
    work: (records: readonly RawRecord[]) => Promise<Result>,
  ): Promise<Result> {
    const attempt = this.attempts.get(record.partition);
    if (attempt === undefined) throw new TypeError('A record that is taken alone belongs to an attempt.');
    const tries = attempt.alone?.offset === record.offset ? attempt.alone.tries : 0;
    if (tries >= TRIES_ALONE) {
      this.killers.add(placeOf(record));
      this.onKiller(record);
    } else {
      const next: Attempt = { ...attempt, alone: { offset: record.offset, tries: tries + 1 } };
      this.attempts.set(record.partition, next);
      await this.store.saveAttempt(record.partition, next);
    }
    return work([record]);
  }
}

const placeOf = ({ partition, offset }: RawRecord): string => `${partition}:${offset}`;
