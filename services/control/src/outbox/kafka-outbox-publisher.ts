import { createHash } from 'node:crypto';
import { pictureHeaders, STATE_HEADERS, topicOnBroker } from '@offerstream/contracts';
import type { OutboxRecord } from '@offerstream/database';
import { BatchingProducer, ensureTopics, isBug, KafkaUnavailable, type Kafka } from '@offerstream/kafka';
import { PUBLISH_TIMEOUT_MS, type OutboxPublisher } from './outbox-publisher.js';

const OWN_TOPICS = ['tenants', 'catalog', 'models', 'pictures'] as const;
const CLOSE_TIMEOUT_MS = 2_000;

export class KafkaOutboxPublisher implements OutboxPublisher {
  private readonly producer: BatchingProducer;

  constructor(
    private readonly kafka: Kafka,
    private readonly replicationFactor: number | undefined,
  ) {
    this.producer = new BatchingProducer(kafka, { lingerMs: 0, deliveryTimeoutMs: PUBLISH_TIMEOUT_MS });
  }

  async prepare(): Promise<void> {
    try {
      await ensureTopics(this.kafka, OWN_TOPICS, { replicationFactor: this.replicationFactor });
    } catch (error) {
      if (isBug(error)) throw error;
      throw new KafkaUnavailable(
        `The topics can't be made: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  }

  publish(records: readonly OutboxRecord[]): Promise<void> {
    return this.producer.sendAll(
      records.map(({ topic, key, value, picture }) => ({
        topic: topicOnBroker(topic, this.kafka.connection.naming),
        key,
        value: picture ?? value,
        headers: picture === null ? STATE_HEADERS : pictureHeaders(sha256(picture)),
      })),
    );
  }

  close(): Promise<void> {
    return this.producer.disconnect(CLOSE_TIMEOUT_MS);
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
