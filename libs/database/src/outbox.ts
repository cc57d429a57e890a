import type { TopicName } from '@offerstream/contracts';
import type { Prisma, PrismaClient } from './generated/client.js';
import { onDatabase } from './errors.js';

/** Topics that the back office writes. */
export type OutboxTopic = Extract<TopicName, 'tenants' | 'catalog' | 'models' | 'pictures'>;

export interface OutboxDepth {
  readonly records: number;
  /** When the oldest waiting record was written; undefined when none waits. */
  readonly oldest: Date | undefined;
}

/**
 * Puts a record into the outbox, in the transaction that changed the row. The row must be locked or changed before: only then
 * does the order of ids equal the order of commits for one key.
 *
 * @param value null is a tombstone.
 */
export const appendToOutbox = async (
  transaction: Prisma.TransactionClient,
  topic: Exclude<OutboxTopic, 'pictures'>,
  key: string,
  value: object | null,
): Promise<void> => {
  await transaction.outboxRecord.create({ data: { topic, key, value: value === null ? null : JSON.stringify(value) } });
};

/**
 * The same for the topic `pictures`.
 *
 * @param jpeg null is a tombstone.
 */
export const appendPictureToOutbox = async (
  transaction: Prisma.TransactionClient,
  key: string,
  jpeg: Uint8Array<ArrayBuffer> | null,
): Promise<void> => {
  await transaction.outboxRecord.create({ data: { topic: 'pictures', key, picture: jpeg } });
};

/** How much waits for Kafka. */
export class Outbox {
  constructor(private readonly prisma: PrismaClient) {}

  /** @throws DatabaseUnavailable */
  depth(): Promise<OutboxDepth> {
    return onDatabase(async () => {
      const { _count, _min } = await this.prisma.outboxRecord.aggregate({ _count: true, _min: { created: true } });
      return { records: _count, oldest: _min.created ?? undefined };
    });
  }
}
