import { FAILED_HEADERS } from '@offerstream/contracts';
import type { ProducerRecord, RawRecord } from '@offerstream/kafka';
import type { Failed } from '@offerstream/pipeline';

const MAX_DETAIL_LENGTH = 500;

/** The record as it came, with headers that say why it could not be taken and where it was found. */
export const failedRecord = ({ record, step, reason, detail }: Failed<RawRecord>, topic: string): ProducerRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: {
    ...record.headers,
    [FAILED_HEADERS.step]: step,
    [FAILED_HEADERS.reason]: reason,
    [FAILED_HEADERS.detail]: detail.slice(0, MAX_DETAIL_LENGTH),
    [FAILED_HEADERS.topic]: record.topic,
    [FAILED_HEADERS.partition]: String(record.partition),
    [FAILED_HEADERS.offset]: String(record.offset),
  },
});
