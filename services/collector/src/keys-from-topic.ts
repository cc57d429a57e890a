import type { LoggerService } from '@nestjs/common';
import { topicOnBroker, type TenantId, type TopicName } from '@offerstream/contracts';
import { followTable, type FollowedTable, type Kafka } from '@offerstream/kafka';
import { topicsWhenKafkaAnswers, type Condition, type KafkaConfig } from '@offerstream/service-kit';
import { TenantTable } from '@offerstream/tenancy';
import { tenantOfEventKey } from './tenant-of-event-key.js';

const TOPICS: readonly TopicName[] = ['clickstream', 'clickstream-failed', 'tenants'];

/** The keys of the topic `tenants`, followed for as long as the process lives. */
export class KeysFromTopic {
  private readonly tenants = new TenantTable();
  private readonly closing = new AbortController();
  private table: FollowedTable | undefined;
  private caughtUp = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly config: KafkaConfig,
    private readonly logger: LoggerService,
    private readonly nowMs: () => number,
  ) {}

  /** Whether all keys that were there at the start are known; before, no key can be called unknown. */
  get areKnown(): boolean {
    return this.caughtUp;
  }

  tenantOf(key: string): TenantId | undefined {
    return tenantOfEventKey(this.tenants.keys, key, this.nowMs());
  }

  condition(): Condition {
    if (!this.caughtUp) return { ok: false, reason: 'the write keys are being read' };
    const problem = this.table?.problem;
    return { ok: problem === undefined, reason: problem?.message ?? 'the write keys are up to date' };
  }

  /** Makes the collector's topics where they are missing and follows `tenants`; waits for Kafka without end. */
  start(): void {
    void this.follow();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.table?.close();
  }

  private async follow(): Promise<void> {
    try {
      await topicsWhenKafkaAnswers(this.kafka, TOPICS, this.config, this.logger, this.closing.signal);
    } catch (error) {
      if (this.closing.signal.aborted) return;
      throw error;
    }
    this.table = followTable(this.kafka, topicOnBroker('tenants', this.kafka.connection.naming), {
      onRecord: (tenant, value) => {
        const problem = this.tenants.apply(tenant, value);
        if (problem !== undefined) {
          this.logger.error(
            `The record of tenant ${tenant} is unreadable, its keys stay as they were: ${problem}`,
            'keys',
          );
        }
      },
      onCaughtUp: () => {
        this.caughtUp = true;
      },
    });
    await this.table.failed;
  }
}
