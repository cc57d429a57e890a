import type { Assignment, GatheredBatch, RawRecord } from '@offerstream/kafka';
import type { ProfileStore } from '@offerstream/profile-store';
import { personalize, type Dependencies } from './pipeline.js';
import type { PersonalizerMetrics } from './personalizer-metrics.js';
import type { RecordAt } from './positions.js';

export interface PersonalizerOptions extends Omit<Dependencies, 'onConflict' | 'partitionCount'> {
  readonly metrics: PersonalizerMetrics;
  readonly recordAt: (partition: number, offset: number) => Promise<RecordAt>;
}

/** Takes the batches of one assignment after the other through the pipeline. */
export class Personalizer {
  private readonly pipeline: ReturnType<typeof personalize>;
  private readonly store: ProfileStore;
  private assignment: Assignment | undefined;

  constructor(private readonly options: PersonalizerOptions) {
    this.store = options.store;
    this.pipeline = personalize({
      ...options,
      onConflict: () => this.assignment?.giveUp(),
      // As known when the partitions were dealt out: all members of the group agree on it.
      partitionCount: () => this.assignment?.topicPartitions ?? 1,
    });
  }

  /**
   * Called at each assignment, when no batch of an earlier one is in work.
   *
   * @throws PositionMismatch
   */
  async startPositions(
    committed: ReadonlyMap<number, number | undefined>,
    assignment: Assignment,
  ): Promise<ReadonlyMap<number, number>> {
    const { positions, quarantine, unsaved, recordAt } = this.options;
    this.assignment = assignment;
    unsaved.clear();
    await quarantine.assign();
    return positions.assign(committed, await this.store.positions(), recordAt);
  }

  /** Resolves when the batch is saved, published and flushed, or was abandoned. */
  async handle({ records, assignment }: GatheredBatch): Promise<void> {
    const { quarantine, metrics, nowMs, reach } = this.options;
    const isCurrent = (): boolean => assignment.isCurrent();
    const work = async (together: readonly RawRecord[]): Promise<void> => {
      const batch = await this.pipeline.run(together, isCurrent);
      if (batch === 'abandoned') metrics.abandoned();
      else metrics.done(batch, nowMs());
    };
    await quarantine.guard(records, work, isCurrent);
    await this.store.flushed();
    reach('before-commit');
  }
}
