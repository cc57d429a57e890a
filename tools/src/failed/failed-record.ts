import { FAILED_HEADERS } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';

/** What a record of `clickstream-failed` is known by. */
export interface FailedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
  readonly step: string;
  readonly detail: string;
  /**
   * Where the record was found: copies that a retry has made have the same. What the collector refused was on no topic, and is known by
   * its place on the failed topic.
   */
  readonly origin: string;
}

export const readFailedRecord = ({ partition, offset, headers }: RawRecord): FailedRecord => {
  const header = (name: string): string | undefined => headers[name]?.toString();
  const found = [FAILED_HEADERS.topic, FAILED_HEADERS.partition, FAILED_HEADERS.offset].map(header);
  return {
    partition,
    offset,
    reason: header(FAILED_HEADERS.reason) ?? 'unknown',
    step: header(FAILED_HEADERS.step) ?? 'unknown',
    detail: header(FAILED_HEADERS.detail) ?? '',
    origin: found.includes(undefined) ? `failed:${partition}:${offset}` : found.join(':'),
  };
};
