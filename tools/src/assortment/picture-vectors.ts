import type { TenantId } from '@offerstream/contracts';
import { tailTopic, type Kafka } from '@offerstream/kafka';
import { comparableVectors, type ItemVectors } from '@offerstream/learning';
import { pause } from '../line/pause.js';
import { takeItemVectors, type ItemVectorRecords } from '../line/read-topic.js';

export interface PictureVectorsOptions {
  readonly kafka: Kafka;
  /** Name of `item-vectors` on the broker. */
  readonly topic: string;
  readonly tenant: TenantId;
  /** So many items are to have a vector of their picture. */
  readonly items: number;
  readonly signal: AbortSignal;
}

const CHECK_MS = 500;
/** Whoever makes them makes several a second. */
const GIVEN_UP_AFTER_MS = 60_000;

/**
 * Vectors of a shop's items, once all their pictures have one. Pictures that no vector comes of do not keep the others waiting for ever.
 *
 * @throws the signal's reason when it aborts
 */
export const pictureVectors = async (options: PictureVectorsOptions): Promise<ItemVectors> => {
  const { kafka, topic, tenant, items, signal } = options;
  const records: ItemVectorRecords = new Map();
  let newestAtMs = performance.now();
  const tail = tailTopic(kafka, topic, {
    from: 'beginning',
    onRecords: (read) => {
      if (takeItemVectors(records, tenant, read)) newestAtMs = performance.now();
    },
  });
  const enough = async (): Promise<void> => {
    const seen = (): number => [...records.values()].filter(({ image }) => image !== undefined).length;
    while (seen() < items && performance.now() - newestAtMs < GIVEN_UP_AFTER_MS) await pause(CHECK_MS, signal);
  };
  try {
    await Promise.race([enough(), tail.failed]);
  } finally {
    await tail.close();
  }
  return comparableVectors(records);
};
