import { failedHeaders } from '@offerstream/contracts';
import type { ProducerRecord, RawRecord } from '@offerstream/kafka';
import type { Failed } from '@offerstream/pipeline';

/** The record as it came, with headers that say why it could not be taken and where it was found. */
export const failedRecord = ({ record, step, reason, detail }: Failed<RawRecord>, topic: string): ProducerRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: { ...record.headers, ...failedHeaders({ step, reason, detail, origin: record }) },
});
