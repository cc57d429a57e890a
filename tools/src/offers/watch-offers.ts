import { subjectKey, type Offer, type SubjectId, type TenantId } from '@offerstream/contracts';
import { homePartition, partitionCounts, tailTopic, type Kafka } from '@offerstream/kafka';
import { NewestOffers } from './newest-offers.js';

export interface WatchOffersOptions {
  /** Name on the broker. */
  readonly topic: string;
  readonly tenant: TenantId;
  readonly subject: SubjectId;
  /** Default: all placements. */
  readonly placement?: string | undefined;
  /** Called with the newest offers that are on the topic, one a placement, and then with each newer one. */
  readonly onOffer: (offer: Offer) => void;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

/** Follows one shopper's offers; only the partition that holds them is read. */
export const watchOffers = async (kafka: Kafka, options: WatchOffersOptions): Promise<void> => {
  const { topic, tenant, subject, placement, onOffer, signal } = options;
  const key = subjectKey(tenant, subject);
  const partition = homePartition(key, (await partitionCounts(kafka, [topic])).get(topic) ?? 1);
  const newest = new NewestOffers({ tenant, subject, placement });
  let isLive = false;
  const tail = tailTopic(kafka, topic, {
    partitions: [partition],
    from: 'beginning',
    onRecords: (records) => {
      for (const record of records) {
        const offer = newest.take(record);
        if (isLive && offer !== undefined && !signal.aborted) onOffer(offer);
      }
    },
    onCaughtUp: () => {
      isLive = true;
      if (!signal.aborted) for (const offer of newest.all()) onOffer(offer);
    },
  });
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([ended, tail.failed]);
  } finally {
    await tail.close();
  }
};
