import type { LoggerService } from '@nestjs/common';
import { topicOnBroker } from '@offerstream/contracts';
import { REPORT_KEYS, type Outcomes, type Positions } from '@offerstream/database';
import type { Kafka } from '@offerstream/kafka';
import type { Condition } from '@offerstream/service-kit';
import type { Registry } from 'prom-client';
import { eachTenant } from '../each-tenant.js';
import { TopicIntake } from '../topic-intake.js';
import { Upkeep } from '../upkeep.js';
import { OutcomesMetrics, type ShownGroup } from './outcomes-metrics.js';
import { takeOutcomes } from './take-outcomes.js';

export interface OutcomeLoopParts {
  readonly kafka: Kafka;
  readonly untilTopicIsThere: (stopping: AbortSignal) => Promise<void>;
  readonly outcomes: Outcomes;
  readonly positions: Positions;
  readonly keepDays: number;
  readonly attributionDays: number;
  readonly metrics: Registry;
  readonly logger: LoggerService;
  readonly clock: () => Date;
  readonly onFatal: (error: Error) => void;
}

const DAY_MS = 86_400_000;
/** With the most items that an outcome may have, they are still stored within a query's time. */
const BATCH = 256;
/** A report reads all touches of a window, so not at each scrape. */
const SHOW_EVERY_MS = 60_000;
const SWEEP_EVERY_MS = 3_600_000;
const SWEPT_AT_ONCE = 5_000;

/** All that the back office does with outcomes beside answering for them: takes them in, tells Prometheus, and forgets old ones. */
export class OutcomeLoop {
  private readonly intake: TopicIntake;
  private readonly metrics: OutcomesMetrics;
  private readonly upkeep = new Upkeep(
    [
      { everyMs: SHOW_EVERY_MS, work: () => this.showLastDay() },
      { everyMs: SWEEP_EVERY_MS, work: (stopping) => this.sweep(stopping) },
    ],
    (message) => this.warn(message),
  );

  constructor(private readonly parts: OutcomeLoopParts) {
    const { kafka, untilTopicIsThere, outcomes, positions, keepDays, metrics, clock, onFatal } = parts;
    this.metrics = new OutcomesMetrics(metrics, () => this.intake.lag);
    const warn = (message: string): void => this.warn(message);
    const topic = topicOnBroker('outcomes', kafka.connection.naming);
    const take = takeOutcomes({
      outcomes,
      keepMs: keepDays * DAY_MS,
      nowMs: () => clock().getTime(),
      count: (result, count) => this.metrics.count(result, count),
      warn,
    });
    this.intake = new TopicIntake({
      kafka,
      topic: 'outcomes',
      batch: BATCH,
      untilTopicIsThere,
      take: async (records, next) => {
        await take(records);
        await positions.put(topic, next);
      },
      positions,
      warn,
      onFatal,
    });
  }

  get condition(): () => Condition {
    return this.intake.condition;
  }

  /** @param tables resolves when there are tables to work on */
  start(tables: Promise<unknown>): void {
    this.intake.start(tables);
    this.upkeep.start(tables);
  }

  async stop(): Promise<void> {
    await Promise.all([this.intake.stop(), this.upkeep.stop()]);
  }

  private async showLastDay(): Promise<void> {
    const { outcomes, attributionDays, clock } = this.parts;
    const to = clock();
    const from = new Date(to.getTime() - DAY_MS);
    const shown: ShownGroup[] = [];
    const slow = await eachTenant(await outcomes.tenantsSince(from), async (tenant) => {
      const { groups } = await outcomes.report({ tenant, from, to, windowDays: attributionDays, by: REPORT_KEYS });
      shown.push(...groups.map((group) => ({ tenant, ...group })));
    });
    this.metrics.show(shown);
    if (slow !== undefined) throw slow;
  }

  private async sweep(stopping: AbortSignal): Promise<void> {
    const { outcomes, keepDays, clock } = this.parts;
    const oldest = new Date(clock().getTime() - keepDays * DAY_MS);
    while (!stopping.aborted && (await outcomes.removeBefore(oldest, SWEPT_AT_ONCE)) > 0);
  }

  private warn(message: string): void {
    this.parts.logger.warn(message, 'outcomes');
  }
}
