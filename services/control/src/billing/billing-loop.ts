import type { LoggerService } from '@nestjs/common';
import type { Database } from '@offerstream/database';
import type { Kafka } from '@offerstream/kafka';
import type { Condition } from '@offerstream/service-kit';
import type { Registry } from 'prom-client';
import type { Clock } from '../chance-and-time.js';
import { Upkeep } from '../upkeep.js';
import { BillingMetrics } from './billing-metrics.js';
import { InvoiceIssuer } from './invoice-issuer.js';
import { UsageIntake } from './usage-intake.js';

export interface BillingLoopParts {
  readonly kafka: Kafka;
  readonly untilTopicIsThere: (stopping: AbortSignal) => Promise<void>;
  readonly database: Pick<Database, 'usage' | 'positions' | 'invoices' | 'quotaLeases' | 'change'>;
  /** How many days after the end of a month its invoices stay drafts. */
  readonly graceDays: number;
  readonly metrics: Registry;
  readonly logger: LoggerService;
  readonly clock: Clock;
  readonly onFatal: (error: Error) => void;
}

const DAY_MS = 86_400_000;
const ISSUE_EVERY_MS = 600_000;
const LOG_CONTEXT = 'billing';

/** All that the back office does for billing without being asked: takes usage in, and issues invoices when they are due. */
export class BillingLoop {
  readonly metrics: BillingMetrics;
  readonly issuer: InvoiceIssuer;
  private readonly intake: UsageIntake;
  private readonly upkeep = new Upkeep(
    [{ everyMs: ISSUE_EVERY_MS, work: (stopping) => this.issue(stopping) }],
    (message) => this.warn(message),
  );

  constructor(private readonly parts: BillingLoopParts) {
    const { kafka, untilTopicIsThere, database, graceDays, metrics, onFatal } = parts;
    this.metrics = new BillingMetrics(metrics, () => this.intake.lag);
    this.intake = new UsageIntake({
      kafka,
      untilTopicIsThere,
      usage: database.usage,
      positions: database.positions,
      count: (result, records) => this.metrics.countRecords(result, records),
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

  readonly condition = (): Condition => this.intake.condition();

  /** @param tables resolves when there are tables to work on */
  start(tables: Promise<unknown>): void {
    this.intake.start(tables);
    this.upkeep.start(tables);
  }

  async stop(): Promise<void> {
    await Promise.all([this.intake.stop(), this.upkeep.stop()]);
  }

  private async issue(stopping: AbortSignal): Promise<void> {
    const at = this.parts.clock();
    await this.issuer.forgetOldQuotas(at);
    const cause = {
      principal: { kind: 'service', id: 'control' },
      operation: 'issueInvoices',
      requestId: 'timer',
      at,
    };
    const issued = await this.issuer.issueDue(cause, stopping);
    if (issued === undefined) this.warn('invoices wait for usage that is not stored yet');
    else if (issued.length > 0) this.parts.logger.log(`${issued.length} invoices issued`, LOG_CONTEXT);
  }

  private warn(message: string): void {
    this.parts.logger.warn(message, LOG_CONTEXT);
  }
}
