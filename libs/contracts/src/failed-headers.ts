import type { KafkaHeaders } from './cloud-events.js';
import { leavingOut, wholeNumber, type ReadHeaders } from './header-values.js';

/**
 * Headers of a `clickstream-failed` record. The record's key, value and its other headers are as they came.
 * `origin-*` says where it was found, so that a copy made by a retry is recognised.
 */
export const FAILED_HEADERS = {
  step: 'failed-step',
  reason: 'failed-reason',
  detail: 'failed-detail',
  topic: 'origin-topic',
  partition: 'origin-partition',
  offset: 'origin-offset',
  /** Append time in ms since 1970: a topic that was made anew has other records at the same offsets. */
  timestamp: 'origin-timestamp',
} as const;

/** Why a record could not be taken. `crash`: the process died twice while this record alone was in work. */
export const FAIL_REASONS = [
  'no-value',
  'too-large',
  'undecodable',
  'invalid',
  'bad-key',
  'no-subject',
  'unknown-tenant',
  'crash',
] as const;
export type FailReason = (typeof FAIL_REASONS)[number];

/**
 * Why a record was taken and changed nothing. `sent-home`: it goes on in the partition of its key. `resent`: another copy of
 * the record was applied, since it was sent home twice, or is folded where it first came while the store is rebuilt.
 */
export const DROP_REASONS = ['duplicate', 'sent-home', 'resent', 'no-consent'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Where a record stands, or stood. */
export interface FailedOrigin {
  /** Name on the broker. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When the broker took it, in ms since 1970. */
  readonly appendedAt: number;
}

/** What the headers of a failed record say. */
export interface Failure {
  /** The step that could not take it. */
  readonly step: string;
  /** A {@link FailReason}, unless a version wrote it that has others. */
  readonly reason: string;
  /** For people; its first 500 characters are kept. */
  readonly detail: string;
  /** Undefined where it was on no topic: the collector refused it. */
  readonly origin?: FailedOrigin | undefined;
}

const MAX_DETAIL_LENGTH = 500;

/** The headers that a record gets beside those with which it came. */
export const failedHeaders = ({ step, reason, detail, origin }: Failure): KafkaHeaders => ({
  [FAILED_HEADERS.step]: step,
  [FAILED_HEADERS.reason]: reason,
  [FAILED_HEADERS.detail]: detail.slice(0, MAX_DETAIL_LENGTH),
  ...(origin === undefined
    ? {}
    : {
        [FAILED_HEADERS.topic]: origin.topic,
        [FAILED_HEADERS.partition]: String(origin.partition),
        [FAILED_HEADERS.offset]: String(origin.offset),
        [FAILED_HEADERS.timestamp]: String(origin.appendedAt),
      }),
});

/** Reads what {@link failedHeaders} wrote. An origin that is not whole is none. */
export const readFailedHeaders = (headers: ReadHeaders): Failure => {
  const read = (name: keyof typeof FAILED_HEADERS): string | undefined => headers[FAILED_HEADERS[name]]?.toString();
  const topic = read('topic');
  const [partition, offset, appendedAt] = (['partition', 'offset', 'timestamp'] as const).map((name) =>
    wholeNumber(headers[FAILED_HEADERS[name]]),
  );
  return {
    step: read('step') ?? 'unknown',
    reason: read('reason') ?? 'unknown',
    detail: read('detail') ?? '',
    origin:
      topic === undefined || partition === undefined || offset === undefined || appendedAt === undefined
        ? undefined
        : { topic, partition, offset, appendedAt },
  };
};

/** The headers with which a failed record came. */
export const withoutFailedHeaders = leavingOut(Object.values(FAILED_HEADERS));
