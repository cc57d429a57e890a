import type { UsageSink } from '@offerstream/billing';
import type { BatchingProducer } from '@offerstream/kafka';

/** @param topic name on the broker */
export const usageOnTopic = (producer: Pick<BatchingProducer, 'sendAll'>, topic: string): UsageSink => ({
  send: (records) =>
    producer.sendAll(records.map(({ key, value }) => ({ topic, key, value: Buffer.from(JSON.stringify(value)) }))),
});
