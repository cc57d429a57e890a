import { once } from 'node:events';
import type { LoggerService } from '@nestjs/common';
import { greatestCounts } from '@offerstream/billing';
import type { Database } from '@offerstream/database';
import type { Kafka, RawRecord } from '@offerstream/kafka';
import type { Condition } from '@offerstream/service-kit';
import type { Registry } from 'prom-client';
import type { Clock } from '../chance-and-time.js';
import { repeatedly } from '../repeatedly.js';
import { TopicIntake } from '../topic-intake.js';
import { BillingMetrics } from './billing-metrics.js';
import { InvoiceIssuer } from './invoice-issuer.js';
import { readUsage } from './read-usage.js';

export interface BillingLoopParts {
  readonly kafka: Kafka;
  readonly untilTopicIsThere: (stopping: AbortSignal) => Promise<void>;
  readonly database: Pick<Database, 'usage' | 'invoices' | 'quotaLeases' | 'change'>;
  /** How many days after the end of a month its invoices stay drafts. */
  readonly graceDays: number;
  readonly metrics: Registry;
  readonly logger: LoggerService;
  readonly clock: Clock;
  readonly onFatal: (error: Error) => void;
}

const DAY_MS = 86_400_000;
/** A record has a few counts, of which each is a row. */
const BATCH = 1_000;
const ISSUE_EVERY_MS = 600_000;
const LOG_CONTEXT = 'billing';

/** All that the back office does for billing without being asked: takes usage in, and issues invoices when they are due. */
export class BillingLoop {
  readonly metrics: BillingMetrics;
  readonly issuer: InvoiceIssuer;
  private readonly intake: TopicIntake;
  private readonly stopping = new AbortController();
  private upkeep: Promise<void> = Promise.resolve();

  constructor(private readonly parts: BillingLoopParts) {
    const { kafka, untilTopicIsThere, database, graceDays, metrics, onFatal } = parts;
    this.metrics = new BillingMetrics(metrics, () => this.intake.lag);
    this.intake = new TopicIntake({
      kafka,
      topic: 'usage',
      batch: BATCH,
      take: (records) => this.take(records),
      untilTopicIsThere,
      warn: (message) => this.warn(message),
      onFatal,
    });
    this.issuer = new InvoiceIssuer({
      database,
      graceMs: graceDays * DAY_MS,
      hasAllUsage: () => this.intake.hasCaughtUp(),
      onIssued: () => this.metrics.countIssued(),
    });
  }

  get condition(): () => Condition {
    return this.intake.condition;
  }

  /** @param tables resolves when there are tables to work on */
  start(tables: Promise<unknown>): void {
    this.intake.start(tables);
    this.upkeep = this.keepUp(tables);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.intake.stop();
    await this.upkeep;
  }

  private async keepUp(tables: Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    await Promise.race([tables, once(signal, 'abort')]);
    await repeatedly(ISSUE_EVERY_MS, () => this.issue(), signal);
  }

  private async issue(): Promise<void> {
    const at = this.parts.clock();
    await this.issuer.forgetOldQuotas(at);
    const issued = await this.issuer.issueDue({
      principal: { kind: 'service', id: 'control' },
      operation: 'issueInvoices',
      requestId: 'timer',
      at,
    });
    if (issued === undefined) this.warn('invoices are due, and wait for usage that is not stored yet');
    else if (issued.length > 0) this.parts.logger.log(`${issued.length} invoices issued`, LOG_CONTEXT);
  }

  private async take(records: readonly RawRecord[]): Promise<void> {
    const read = records.map(readUsage);
    const usage = read.flatMap((one) => (one.kind === 'usage' ? [one.usage] : []));
    await this.parts.database.usage.take(greatestCounts(usage));
    this.metrics.countRecords('taken', usage.length);
    this.metrics.countRecords('misfit', read.length - usage.length);
    // One line a batch, so that a broken source does not drown the log.
    for (const [index, one] of read.entries()) {
      if (one.kind !== 'misfit') continue;
      const { partition, offset } = records[index] as RawRecord;
      this.warn(`usage can't be read (partition ${partition}, offset ${offset}): ${one.detail}`);
      return;
    }
  }

  private warn(message: string): void {
    this.parts.logger.warn(message, LOG_CONTEXT);
  }
}
