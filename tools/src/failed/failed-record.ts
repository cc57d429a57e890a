import { readFailedHeaders, type Failure } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';

/** Where a record stands on the failed topic. The time tells it from what another Kafka, or a topic made anew, has there. */
export interface FailedPlace {
  readonly partition: number;
  readonly offset: number;
  /** In ms since 1970. */
  readonly appendedAt: number;
}

/** What a record of `clickstream-failed` is known by. */
export interface FailedRecord extends FailedPlace, Omit<Failure, 'origin'> {
  /**
   * Where the record was found: copies that a retry has made have the same. What the collector refused was on no topic, and is known by
   * its place on the failed topic.
   */
  readonly origin: string;
}

export const readFailedRecord = ({ partition, offset, appendedAt, headers }: RawRecord): FailedRecord => {
  const { step, reason, detail, origin } = readFailedHeaders(headers);
  return {
    partition,
    offset,
    appendedAt,
    step,
    reason,
    detail,
    origin:
      origin === undefined ? `failed:${keyOf({ partition, offset, appendedAt })}` : `${origin.topic}:${keyOf(origin)}`,
  };
};

/** One text for each record that was ever on a topic. */
export const keyOf = ({ partition, offset, appendedAt }: FailedPlace): string => `${partition}:${offset}:${appendedAt}`;
