import type { UsageSink } from '@offerstream/billing';
import { STATE_HEADERS } from '@offerstream/contracts';
import type { BatchingProducer } from '@offerstream/kafka';

/** Usage as records of the topic `usage`. @param topic its name on the broker */
export const usageOnTopic = (producer: Pick<BatchingProducer, 'sendAll'>, topic: string): UsageSink => ({
  send: (records) =>
    producer.sendAll(
      records.map(({ key, value }) => ({
        topic,
        key,
        value: Buffer.from(JSON.stringify(value)),
        headers: STATE_HEADERS,
      })),
    ),
});
