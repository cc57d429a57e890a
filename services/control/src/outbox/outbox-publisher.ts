import type { OutboxRecord } from '@offerstream/database';

/** Where the outbox goes. Rejections are KafkaErrors; anything else is a bug. */
export interface OutboxPublisher {
  /** Makes the topics that are missing. */
  prepare(): Promise<void>;
  /**
   * Resolves when all records are acknowledged by all replicas in sync, in their order for each key. After a rejection any of them
   * may have been taken.
   */
  publish(records: readonly OutboxRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** After how long a publication that Kafka does not acknowledge is given up, to be made again. */
export const PUBLISH_TIMEOUT_MS = 5_000;

/**
 * After how long a batch that another relay began can't reach Kafka any more: its publisher gave up, and so did a request that was
 * on its way then.
 */
export const SETTLE_MS = 20_000;
