import { setTimeout as sleep } from 'node:timers/promises';
import { topicOnBroker } from '@offerstream/contracts';
import { DatabaseUnavailable, type Outcomes } from '@offerstream/database';
import { BatchConsumer, type GatheredBatch, type Kafka, type RawRecord } from '@offerstream/kafka';
import type { Condition } from '@offerstream/service-kit';
import type { OutcomeResult } from './outcomes-metrics.js';
import { readOutcome, type ReadOutcome } from './read-outcome.js';

export interface OutcomesIntakeParts {
  readonly kafka: Kafka;
  readonly outcomes: Pick<Outcomes, 'takeTouches' | 'takePurchases'>;
  /** For how long outcomes are kept. */
  readonly keepMs: number;
  readonly nowMs: () => number;
  /** Resolves when the topic is there. */
  readonly untilTopicIsThere: (stopping: AbortSignal) => Promise<void>;
  readonly count: (result: OutcomeResult, outcomes: number) => void;
  readonly warn: (message: string) => void;
  /** Called with a bug, which has to end the process. */
  readonly onFatal: (error: Error) => void;
}

/** With the most items that an outcome may have, a batch is still stored within a query's time. */
const BATCH = 256;
const RETRY_MS = 500;
/** A batch that waits for Postgres longer than this at the end is given back to the topic. */
const STOP_TIMEOUT_MS = 2_000;

/**
 * Takes the topic `outcomes` into Postgres, each outcome once however often it comes. While Postgres is away the records stay on the
 * topic.
 */
export class OutcomesIntake {
  private readonly consumer: BatchConsumer;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private problem: string | undefined;

  constructor(private readonly parts: OutcomesIntakeParts) {
    const topic = topicOnBroker('outcomes', parts.kafka.connection.naming);
    this.consumer = new BatchConsumer(parts.kafka, {
      topic,
      // Shared by all instances of this installation, and by no other on the same brokers.
      groupId: `${topic}-control`,
      maxRecords: BATCH,
      handler: { handle: (batch) => this.take(batch) },
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

  get lag(): number {
    return this.consumer.health().lag;
  }

  readonly condition = (): Condition => {
    if (this.problem !== undefined) return { ok: false, reason: `outcomes wait on their topic: ${this.problem}` };
    const { ready, reason } = this.consumer.health();
    return { ok: ready, reason: reason ?? 'outcomes are taken' };
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
    const oldestMs = this.parts.nowMs() - this.parts.keepMs;
    const read = records.map((record) => readOutcome(record, oldestMs));
    while (assignment.isCurrent()) {
      try {
        await this.store(read);
        this.problem = undefined;
        this.countLeftOut(records, read);
        return;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
        if (this.problem !== error.message) this.parts.warn(`outcomes wait on their topic: ${error.message}`);
        this.problem = error.message;
        await sleep(RETRY_MS);
      }
    }
  }

  private async store(read: readonly ReadOutcome[]): Promise<void> {
    const { outcomes, count } = this.parts;
    const touches = read.flatMap((one) => (one.kind === 'touch' ? [one.touch] : []));
    const purchases = read.flatMap((one) => (one.kind === 'purchase' ? [one.purchase] : []));
    for (const counts of [await outcomes.takeTouches(touches), await outcomes.takePurchases(purchases)]) {
      count('taken', counts.taken);
      count('repeated', counts.repeated);
      count('unknown-offer', counts.unknownOffer);
      count('unknown-tenant', counts.unknownTenant);
    }
  }

  private countLeftOut(records: readonly RawRecord[], read: readonly ReadOutcome[]): void {
    let misfits = 0;
    for (const [index, one] of read.entries()) {
      if (one.kind === 'purchase' && one.straysFromOffer) this.parts.count('unknown-offer', 1);
      if (one.kind !== 'left-out') continue;
      this.parts.count(one.because, 1);
      // One line a batch, so that a broken sender does not drown the log.
      if (one.because === 'misfit' && misfits++ === 0) {
        const { partition, offset } = records[index] as RawRecord;
        this.parts.warn(`an outcome can't be read (partition ${partition}, offset ${offset}): ${one.detail}`);
      }
    }
  }
}
