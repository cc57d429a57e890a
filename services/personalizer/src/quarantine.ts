import type { RawRecord } from '@offerstream/kafka';
import type { Attempt, ProfileStore } from '@offerstream/profile-store';

/** From this attempt on at the same offset, records are taken one by one, so that the one that kills the process is found. */
const ATTEMPTS_TOGETHER = 2;
/** So often the process may die while one record alone is in work, before that record is taken for the killer. */
const TRIES_ALONE = 2;

export interface QuarantineOptions {
  /** Any of the batches that were in work together may hold the record over which the process died. */
  readonly batchesInFlight: number;
  readonly onKiller: (record: RawRecord) => void;
}

/**
 * Finds the record that ends the process. The first batch of a partition after its assignment is counted, durably, before
 * it begins: a count that stays at the same offset means that the process died over it. Batches begin in the order in which
 * they came, also where one has to wait for its count.
 */
export class Quarantine {
  private attempts: Map<number, Attempt> = new Map();
  private counted = new Set<number>();
  private carefulBatches = 0;
  private takenAlone = 0;
  private readonly killers = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Pick<ProfileStore, 'attempts' | 'saveAttempt'>,
    private readonly options: QuarantineOptions,
  ) {}

  /** To be called at each assignment. */
  async assign(): Promise<void> {
    this.attempts = new Map(await this.store.attempts());
    this.counted = new Set();
    this.carefulBatches = 0;
  }

  /** How many records were taken alone so far: while this rises, a long batch is no stall. */
  get recordsTakenAlone(): number {
    return this.takenAlone;
  }

  /** The process died twice while this record alone was in work. */
  isKiller(record: RawRecord): boolean {
    return this.killers.size > 0 && this.killers.has(placeOf(record));
  }

  /**
   * Runs `work` on the records: all together, or one by one where the process died over them before.
   *
   * @param isCurrent once it says no, the rest of the records is left to whoever gets them
   */
  guard(
    records: readonly RawRecord[],
    work: (records: readonly RawRecord[]) => Promise<void>,
    isCurrent: () => boolean,
  ): Promise<void> {
    const begun = this.turn.then(() => this.begin(records, work, isCurrent));
    this.turn = begun;
    // The rejection reaches the caller below; the next batch sees it when its turn comes.
    begun.catch(() => undefined);
    return begun.then(({ done }) => done);
  }

  /** Resolves when the next batch may begin. */
  private async begin(
    records: readonly RawRecord[],
    work: (records: readonly RawRecord[]) => Promise<void>,
    isCurrent: () => boolean,
  ): Promise<{ readonly done: Promise<void> }> {
    if (await this.countAttempts(records)) this.carefulBatches = this.options.batchesInFlight;
    if (this.carefulBatches === 0) return { done: work(records) };
    this.carefulBatches -= 1;
    for (const [partition, ofPartition] of Map.groupBy(records, (record) => record.partition)) {
      for (const record of ofPartition) if (isCurrent()) await this.alone(record, work);
      // What comes next may end the process, and then the last of these records had no part in it.
      await this.store.saveAttempt(partition, this.attemptAt(partition));
    }
    return { done: Promise.resolve() };
  }

  private async countAttempts(records: readonly RawRecord[]): Promise<boolean> {
    let died = false;
    const saved: Promise<void>[] = [];
    for (const { partition, offset } of records) {
      if (this.counted.has(partition)) continue;
      this.counted.add(partition);
      const attempt = nextAttempt(this.attempts.get(partition), offset);
      this.attempts.set(partition, attempt);
      saved.push(this.store.saveAttempt(partition, attempt));
      if (attempt.count > ATTEMPTS_TOGETHER || attempt.alone !== undefined) died = true;
    }
    await Promise.all(saved);
    return died;
  }

  private async alone(record: RawRecord, work: (records: readonly RawRecord[]) => Promise<void>): Promise<void> {
    const { partition, offset } = record;
    const attempt = this.attemptAt(partition);
    const suspects = attempt.alone ?? [];
    this.takenAlone += 1;
    const tries = suspects.find((suspect) => suspect.offset === offset)?.tries ?? 0;
    if (tries >= TRIES_ALONE) {
      this.killers.add(placeOf(record));
      this.options.onKiller(record);
      await work([record]);
      return;
    }
    const others = suspects.filter((suspect) => suspect.offset !== offset);
    await this.store.saveAttempt(partition, { ...attempt, alone: [...others, { offset, tries: tries + 1 }] });
    await work([record]);
    // The process has survived it: the next count is written without it.
    this.attempts.set(partition, { ...attempt, alone: others });
  }

  private attemptAt(partition: number): Attempt {
    const attempt = this.attempts.get(partition);
    if (attempt === undefined) throw new TypeError('A record that is taken alone belongs to an attempt.');
    return attempt;
  }
}

/** What was suspected stays so until the partition is past it. */
const nextAttempt = (before: Attempt | undefined, offset: number): Attempt => {
  const alone = before?.alone?.filter((suspect) => suspect.offset >= offset) ?? [];
  return {
    offset,
    count: before?.offset === offset ? before.count + 1 : 1,
    ...(alone.length === 0 ? {} : { alone }),
  };
};

const placeOf = ({ partition, offset }: RawRecord): string => `${partition}:${offset}`;
