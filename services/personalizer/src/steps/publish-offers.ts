import { outcomeHeaders, type TopicName } from '@offerstream/contracts';
import type { BatchingProducer, ProducerRecord, RawRecord } from '@offerstream/kafka';
import { ok, type BatchStep } from '@offerstream/pipeline';
import { failedRecord } from '../failed-record.js';
import { recordOf } from '../message-record.js';
import type { Positions } from '../positions.js';
import type { DecidedVisit } from '../visit.js';

/**
 * The saved bytes, acknowledged: for a record that came again what was stored for its shopper, then what this batch made. With
 * them, since a producer has one request outstanding: what events say of offers, which a record that comes again says again, and
 * what failed, to the dead-letter topic.
 */
export const publishOffers = (
  producer: Pick<BatchingProducer, 'sendAll'>,
  topicName: (topic: TopicName) => string,
  positions: Pick<Positions, 'isQuiet'>,
  reach: (point: 'before-publish' | 'after-publish') => void,
): BatchStep<RawRecord, DecidedVisit, DecidedVisit> =>
  async function publishOffers(elements, batch) {
    const visits = elements.map(({ value }) => value);
    const records: ProducerRecord[] = [];
    for (const visit of visits) {
      const shopper = { tenant: visit.tenant.id, subject: visit.subject, key: visit.key };
      for (const message of visit.again) records.push(recordOf(message, shopper, topicName));
      for (const message of visit.messages) records.push(recordOf(message, shopper, topicName));
      for (const outcome of visit.outcomes)
        records.push({
          topic: topicName('outcomes'),
          key: visit.key,
          value: Buffer.from(JSON.stringify(outcome)),
          headers: outcomeHeaders(outcome),
        });
    }
    for (const failed of batch.failed)
      if (!positions.isQuiet(failed.record)) records.push(failedRecord(failed, topicName('clickstream-failed')));
    batch.ensureCurrent();
    reach('before-publish');
    await producer.sendAll(records);
    reach('after-publish');
    return visits.map((visit) => ok(visit));
  };
