import { failedHeaders, withoutStrayHeaders } from '@offerstream/contracts';
import type { ProducerRecord, RawRecord } from '@offerstream/kafka';
import type { Failed } from '@offerstream/pipeline';

/**
 * The record as it came, with headers that say why it could not be taken and where it was found. Where it strayed from is left
 * out: when it is sent to the clickstream again, later strays have been applied, and it must not pass for a copy of one.
 */
export const failedRecord = ({ record, step, reason, detail }: Failed<RawRecord>, topic: string): ProducerRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: { ...withoutStrayHeaders(record.headers), ...failedHeaders({ step, reason, detail, origin: record }) },
});
