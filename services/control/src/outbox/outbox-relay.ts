import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable, type Database, type OutboxRecord, type OutboxSession } from '@offerstream/database';
import { KafkaError } from '@offerstream/kafka';
import type { Condition } from '@offerstream/service-kit';
import type { OutboxPublisher } from './outbox-publisher.js';

export interface OutboxRelayParts {
  readonly database: Pick<Database, 'openOutboxSession'>;
  readonly publisher: OutboxPublisher;
  /** See SETTLE_MS. */
  readonly settleMs: number;
  /** Fault points. */
  readonly reach: (point: 'outbox-before-publish' | 'outbox-after-publish' | 'outbox-after-delete') => void;
  readonly log: (message: string) => void;
}

const BATCH = 500;
/** Covers a notification that was lost, and is how often a standby tries to take over. */
const POLL_MS = 1_000;
const RETRY_MS = 500;

/**
 * Publishes the outbox: reads the oldest records, publishes them, and deletes what Kafka acknowledged. One instance does it at a
 * time; each record arrives at least once, the records of one key in the order of their changes. What is published twice after
 * a crash ends with the newest state again.
 */
export class OutboxRelay {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private role: 'publishing' | 'standby' = 'standby';
  private problem: string | undefined = 'Kafka has not been reached yet.';
  private changed = Promise.withResolvers<undefined>();

  constructor(private readonly parts: OutboxRelayParts) {}

  /** @param tables resolves when there is an outbox to read. */
  start(tables: Promise<unknown>): void {
    this.running = this.run(tables);
  }

  /** Resolves when the batch in work is acknowledged or given up, and another instance may take over. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  readonly condition = (): Condition => {
    if (this.problem !== undefined) return { ok: false, reason: this.problem };
    return { ok: true, reason: this.role === 'publishing' ? 'changes are published' : 'another instance publishes' };
  };

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(tables: Promise<unknown>): Promise<void> {
    const stopped = once(this.stopping.signal, 'abort');
    await Promise.race([tables, stopped]);
    await Promise.race([this.untilItSucceeds(() => this.parts.publisher.prepare()), stopped]);
    while (!this.isStopping()) {
      try {
        await this.relayInOneSession();
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
        await this.pause(RETRY_MS);
      }
    }
  }

  private async relayInOneSession(): Promise<void> {
    const session = await this.parts.database.openOutboxSession(() => this.wake());
    try {
      while (!this.isStopping() && !(await session.tryLock())) await this.pause(POLL_MS);
      if (this.isStopping()) return;
      this.role = 'publishing';
      await this.letEarlierBatchSettle(session);
      while (!this.isStopping()) {
        // Made before reading, so that a change after the read is not slept through.
        this.changed = Promise.withResolvers<undefined>();
        if (!(await this.relayBatch(session))) await this.changeOrPoll();
      }
    } finally {
      this.role = 'standby';
      await session.close();
    }
  }

  private async letEarlierBatchSettle(session: OutboxSession): Promise<void> {
    const unfinishedForMs = await session.unfinishedForMs();
    if (unfinishedForMs === undefined) return;
    const waitMs = this.parts.settleMs - unfinishedForMs;
    if (waitMs <= 0) return;
    this.parts.log(`an earlier relay ended in the middle of a batch; publishing goes on in ${Math.ceil(waitMs)} ms`);
    await this.pause(waitMs);
  }

  /** @returns whether there was something to publish. */
  private async relayBatch(session: OutboxSession): Promise<boolean> {
    const records = await session.begin(BATCH);
    if (records.length === 0) return false;
    this.parts.reach('outbox-before-publish');
    if (!(await this.succeeds(() => this.publish(records)))) {
      await this.pause(RETRY_MS);
      return true;
    }
    this.parts.reach('outbox-after-publish');
    await session.finish(records);
    this.parts.reach('outbox-after-delete');
    return true;
  }

  private async publish(records: readonly OutboxRecord[]): Promise<void> {
    // Kafka may have come back without its topics.
    if (this.problem !== undefined) await this.parts.publisher.prepare();
    await this.parts.publisher.publish(records);
  }

  private async untilItSucceeds(attempt: () => Promise<void>): Promise<void> {
    while (!this.isStopping() && !(await this.succeeds(attempt))) await this.pause(RETRY_MS);
  }

  private async succeeds(attempt: () => Promise<void>): Promise<boolean> {
    try {
      await attempt();
      if (this.problem !== undefined) this.parts.log('changes are published');
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      if (this.problem !== waits(error)) this.parts.log(waits(error));
      this.problem = waits(error);
    }
    return this.problem === undefined;
  }

  private wake(): void {
    this.changed.resolve(undefined);
  }

  private async changeOrPoll(): Promise<void> {
    const timer = new AbortController();
    await Promise.race([
      this.changed.promise,
      sleep(POLL_MS, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

const waits = (error: KafkaError): string => `changes wait in the outbox: ${error.message}`;
