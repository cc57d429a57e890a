import { setTimeout as sleep } from 'node:timers/promises';
import { topicOnBroker, type TopicName } from '@offerstream/contracts';
import { DatabaseUnavailable, type Positions, type TopicPositions } from '@offerstream/database';
import { BatchConsumer, logBounds, type GatheredBatch, type Kafka, type RawRecord } from '@offerstream/kafka';
import type { Condition } from '@offerstream/service-kit';
import { whereToGoOn } from './where-to-go-on.js';

export interface TopicIntakeParts {
  readonly kafka: Kafka;
  readonly topic: TopicName;
  /** Most records that are taken at once: so many that they are stored within a query's time. */
  readonly batch: number;
  /** Stores records, which may come again, and with or behind them where to go on: resolves when both are stored. */
  readonly take: (records: readonly RawRecord[], next: TopicPositions) => Promise<void>;
  readonly positions: Pick<Positions, 'of'>;
  /** Resolves when the topic is there. */
  readonly untilTopicIsThere: (stopping: AbortSignal) => Promise<void>;
  readonly warn: (message: string) => void;
  /** Called with a bug, which has to end the process. */
  readonly onFatal: (error: Error) => void;
}

const RETRY_MS = 500;
/** A batch that waits for Postgres longer than this at the end is given back to the topic. */
const STOP_TIMEOUT_MS = 2_000;

/**
 * Takes a topic into Postgres; the instances share its partitions. While Postgres is away the records stay on the topic. Where to go on
 * stands in Postgres, too: a database that is fresh, or restored from a backup, takes again what it lacks and the topic still has.
 */
export class TopicIntake {
  private readonly consumer: BatchConsumer;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private problem: string | undefined;

  constructor(private readonly parts: TopicIntakeParts) {
    const topic = topicOnBroker(parts.topic, parts.kafka.connection.naming);
    this.consumer = new BatchConsumer(parts.kafka, {
      topic,
      // Shared by all instances of this installation, and by no other on the same brokers.
      groupId: `${topic}-control`,
      maxRecords: parts.batch,
      // A stored position holds for all records before it, so they are stored one batch after the other.
      inFlight: 1,
      handler: {
        startPositions: async () => whereToGoOn(await parts.positions.of(topic), await logBounds(parts.kafka, topic)),
        handle: (batch) => this.take(batch),
      },
      isWaiting: () => this.problem !== undefined,
    });
    this.consumer.failed.catch((error: unknown) => parts.onFatal(error as Error));
  }

  /** @param tables resolves when there are tables to write to */
  start(tables: Promise<unknown>): void {
    this.running = this.run(tables).catch((error: unknown) => {
      if (!this.stopping.signal.aborted) this.parts.onFatal(error as Error);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.consumer.stop(STOP_TIMEOUT_MS);
  }

  /** Records of this instance's partitions that are not taken yet. */
  get lag(): number {
    return this.consumer.health().lag;
  }

  readonly condition = (): Condition => {
    if (this.problem !== undefined) return { ok: false, reason: this.waits(this.problem) };
    const { ready, reason } = this.consumer.health();
    return { ok: ready, reason: reason ?? `${this.parts.topic} is taken` };
  };

  private async run(tables: Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    const stopped = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
    await Promise.race([tables, stopped]);
    await Promise.race([this.parts.untilTopicIsThere(signal), stopped]);
    this.consumer.start();
  }

  private async take({ records, assignment }: GatheredBatch): Promise<void> {
    const next = new Map(records.map(({ partition, offset }) => [partition, offset + 1]));
    while (assignment.isCurrent()) {
      try {
        await this.parts.take(records, next);
        this.problem = undefined;
        return;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
        if (this.problem !== error.message) this.parts.warn(this.waits(error.message));
        this.problem = error.message;
        await sleep(RETRY_MS);
      }
    }
  }

  private waits(problem: string): string {
    return `${this.parts.topic} waits on its topic: ${problem}`;
  }
}
