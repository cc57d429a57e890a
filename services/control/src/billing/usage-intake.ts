import { setTimeout as sleep } from 'node:timers/promises';
import { greatestCounts } from '@offerstream/billing';
import { topicOnBroker } from '@offerstream/contracts';
import type { Positions, TopicPositions, Usage } from '@offerstream/database';
import { isBug, logBounds, type Kafka, type LogBounds, type RawRecord } from '@offerstream/kafka';
import type { Condition } from '@offerstream/service-kit';
import { TopicIntake } from '../topic-intake.js';
import { whereToGoOn } from '../where-to-go-on.js';
import { readUsage } from './read-usage.js';

export interface UsageIntakeParts {
  readonly kafka: Kafka;
  readonly untilTopicIsThere: (stopping: AbortSignal) => Promise<void>;
  readonly usage: Pick<Usage, 'take'>;
  readonly positions: Pick<Positions, 'of'>;
  readonly count: (result: 'taken' | 'misfit', records: number) => void;
  readonly warn: (message: string) => void;
  readonly onFatal: (error: Error) => void;
}

/** A record has a few counts, of which each is a row. */
const BATCH = 1_000;
/** How long it is waited for what the topic has to be stored. */
const CATCH_UP_MS = 10_000;
const CATCH_UP_CHECK_MS = 100;

/** Takes the topic `usage` into Postgres. */
export class UsageIntake {
  private readonly intake: TopicIntake;
  private readonly topic: string;
  private readonly stopping = new AbortController();

  constructor(private readonly parts: UsageIntakeParts) {
    const { kafka, untilTopicIsThere, positions, warn, onFatal } = parts;
    this.topic = topicOnBroker('usage', kafka.connection.naming);
    this.intake = new TopicIntake({
      kafka,
      topic: 'usage',
      batch: BATCH,
      take: (records, next) => this.take(records, next),
      positions,
      untilTopicIsThere,
      warn,
      onFatal,
    });
  }

  /** @param tables resolves when there are tables to write to */
  start(tables: Promise<unknown>): void {
    this.intake.start(tables);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.intake.stop();
  }

  /** Records of this instance's partitions that are not taken yet. */
  get lag(): number {
    return this.intake.lag;
  }

  readonly condition = (): Condition => this.intake.condition();

  /**
   * Waits a while until all that the topic has by now is stored, by whichever instance.
   *
   * @returns whether it is; false, too, while Kafka can't say what the topic has.
   * @throws DatabaseUnavailable
   */
  async hasCaughtUp(): Promise<boolean> {
    const bounds = await this.boundsWhenKafkaAnswers();
    if (bounds === undefined) return false;
    const deadline = performance.now() + CATCH_UP_MS;
    for (;;) {
      const positions = whereToGoOn(await this.parts.positions.of(this.topic), bounds);
      if ([...bounds].every(([partition, { end }]) => positions.get(partition) === end)) return true;
      if (performance.now() > deadline || this.stopping.signal.aborted) return false;
      await sleep(CATCH_UP_CHECK_MS);
    }
  }

  private async boundsWhenKafkaAnswers(): Promise<ReadonlyMap<number, LogBounds> | undefined> {
    try {
      return await logBounds(this.parts.kafka, this.topic);
    } catch (error) {
      if (isBug(error)) throw error;
      return undefined;
    }
  }

  private async take(records: readonly RawRecord[], next: TopicPositions): Promise<void> {
    const { usage, count, warn } = this.parts;
    const read = records.map(readUsage);
    const told = read.flatMap((one) => (one.kind === 'usage' ? [one.usage] : []));
    await usage.take(greatestCounts(told), this.topic, next);
    count('taken', told.length);
    count('misfit', read.length - told.length);
    // One line a batch, so that a broken source does not drown the log.
    const index = read.findIndex(({ kind }) => kind === 'misfit');
    const [misfit, record] = [read[index], records[index]];
    if (misfit?.kind !== 'misfit' || record === undefined) return;
    const { partition, offset } = record;
    warn(`usage can't be read (partition ${partition}, offset ${offset}): ${misfit.detail}`);
  }
}
