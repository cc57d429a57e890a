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

/** Why a record was taken and changed nothing. `sent-home`: it goes on in the partition of its key. */
export const DROP_REASONS = ['duplicate', 'sent-home', 'no-consent'] as const;
export type DropReason = (typeof DROP_REASONS)[number];
