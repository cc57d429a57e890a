import type { Kafka } from './connection.js';
import type { RawRecord } from './record-batch-decoder.js';
import { tailTopic } from './tail-topic.js';

export interface FollowTableOptions {
  /** Called in order with each key's newest value, and with older ones that compaction has not removed; null deletes. */
  readonly onRecord: (key: string, value: Buffer | null, record: RawRecord) => void;
  /** Called once, when all that the table had at the start has been handed over. */
  readonly onCaughtUp?: () => void;
}

export interface FollowedTable {
  /** Resolves when all that the table had at the start has been handed over. */
  readonly caughtUp: Promise<void>;
  /** Rejects when following has ended with an error, of `onRecord` for example; never resolves. */
  readonly failed: Promise<never>;
  /** Why the table can't be followed just now; undefined while all is well. */
  readonly problem: Error | undefined;
  /** Resolves when all that the table has by now has been handed over; waits for Kafka as long as it is away. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

/** Why one of the tables can't be followed just now; undefined while all is well. */
export const problemOf = (tables: readonly FollowedTable[]): Error | undefined =>
  tables.find(({ problem }) => problem !== undefined)?.problem;

/**
 * Follows a compacted topic (name on the broker) from its beginning, without a group: the state that a process holds in
 * memory. Goes on by itself after any absence of Kafka, and follows a topic that is made anew from its beginning; keys
 * that only the old one had are kept. Records without a key are left out.
 */
export const followTable = (
  kafka: Kafka,
  topic: string,
  { onRecord, onCaughtUp }: FollowTableOptions,
): FollowedTable => {
  const caughtUp = Promise.withResolvers<undefined>();
  const tail = tailTopic(kafka, topic, {
    from: 'beginning',
    onRecords: (records) => {
      for (const record of records) if (record.key !== null) onRecord(record.key.toString(), record.value, record);
    },
    onCaughtUp: () => {
      onCaughtUp?.();
      caughtUp.resolve(undefined);
    },
  });
  return {
    caughtUp: caughtUp.promise.then(() => undefined),
    failed: tail.failed,
    get problem() {
      return tail.problem;
    },
    catchUp: () => tail.catchUp(),
    close: () => tail.close(),
  };
};
