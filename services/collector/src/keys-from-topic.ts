import type { LoggerService } from '@nestjs/common';
import type { TenantId, TopicName } from '@offerstream/contracts';
import type { FollowedTable, Kafka } from '@offerstream/kafka';
import { topicsWhenKafkaAnswers, type Condition, type KafkaConfig, type TableFollower } from '@offerstream/service-kit';
import { TenantTable } from '@offerstream/tenancy';
import { eventKey } from './event-key.js';

const TOPICS: readonly TopicName[] = ['clickstream', 'clickstream-failed', 'tenants'];

export interface KeysFromTopicOptions {
  readonly kafka: Kafka;
  readonly config: KafkaConfig;
  readonly follower: Pick<TableFollower, 'follow'>;
  readonly logger: LoggerService;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Is told each use of a key with which events may be written. */
  readonly onUse: (tenant: TenantId, keyId: string, atMs: number) => void;
}

/** The keys of the topic `tenants`, followed for as long as the process lives. */
export class KeysFromTopic {
  private readonly tenants = new TenantTable();
  private readonly closing = new AbortController();
  private table: FollowedTable | undefined;
  private caughtUp = false;

  constructor(private readonly options: KeysFromTopicOptions) {}

  /** Whether all keys that were there at the start are known; before, no key can be called unknown. */
  get areKnown(): boolean {
    return this.caughtUp;
  }

  tenantOf(key: string): TenantId | undefined {
    const nowMs = this.options.nowMs();
    const known = eventKey(this.tenants.keys, key, nowMs);
    if (known !== undefined) this.options.onUse(known.tenant, known.id, nowMs);
    return known?.tenant;
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
    const { kafka, config, follower, logger } = this.options;
    try {
      await topicsWhenKafkaAnswers(kafka, TOPICS, config, logger, this.closing.signal);
    } catch (error) {
      if (this.closing.signal.aborted) return;
      throw error;
    }
    this.table = follower.follow('tenants', (tenant, value) => this.tenants.apply(tenant, value));
    await this.table.caughtUp;
    this.caughtUp = true;
  }
}
