import { strayHeaders } from '@offerstream/contracts';
import type { BatchingProducer, RawRecord } from '@offerstream/kafka';
import { homePartition } from '@offerstream/kafka';
import { drop, ok, type BatchStep } from '@offerstream/pipeline';
import type { ReadEvent } from '../clickstream-record.js';
import type { Positions } from '../positions.js';

/**
 * Only a subject's home partition applies its events. One that was found elsewhere (another client's partitioner, a grown
 * partition count, a key that is not the body's subject) goes on there, as it came, with the same messageId, and with headers
 * that say where it first came: a death before the position is saved sends it again, and the profile knows it by them.
 *
 * @param partitionCount of the topic, as known now
 */
export const sendHome = (
  producer: Pick<BatchingProducer, 'sendAll'>,
  topic: string,
  partitionCount: () => number,
  positions: Pick<Positions, 'isBehind' | 'isQuiet'>,
): BatchStep<RawRecord, ReadEvent, ReadEvent> =>
  async function sendHome(elements, batch) {
    const count = partitionCount();
    const isStray = elements.map(({ record, value }) => {
      // A record behind the position was either applied here or sent home already. While the topic is folded again, what
      // was sent home stands in both places; it is folded where it first came, and dropped at home.
      if (positions.isBehind(record) || positions.isQuiet(record)) return false;
      return homePartition(value.key, count) !== record.partition || record.key?.toString() !== value.key;
    });
    const strays = elements.filter((_, index) => isStray[index]);
    if (strays.length > 0) {
      batch.ensureCurrent();
      await producer.sendAll(
        strays.map(({ record, value }) => ({
          topic,
          partition: homePartition(value.key, count),
          key: value.key,
          value: record.value,
          headers: { ...record.headers, ce_id: value.messageId, ...strayHeaders(value.origin ?? record) },
        })),
      );
    }
    return elements.map(({ value }, index) => (isStray[index] ? drop('sent-home') : ok(value)));
  };
