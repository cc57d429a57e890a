import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from './connection.js';
import { isBug, protocolErrorOf } from './errors.js';
import { closeCluster, type Cluster } from './kafkajs-internals.js';
import { LogReader, logOffsets, partitionsOf } from './log-reader.js';
import type { RawRecord } from './record-batch-decoder.js';

export interface TailTopicOptions {
  /** Only these are read; default: all that the topic has. */
  readonly partitions?: readonly number[] | undefined;
  /**
   * Where to start: the `beginning` or the `end` of the log, a time (`{ timestamp }`, ms since 1970: the first record
   * appended then or later), or an offset for each partition (partitions without one start at the beginning).
   * Default `end`.
   */
  readonly from?: 'beginning' | 'end' | { readonly timestamp: number } | ReadonlyMap<number, number> | undefined;
  /** Called with each read's records, all of one partition and in order; a promise holds further reading up. */
  readonly onRecords: (records: readonly RawRecord[]) => void | Promise<void>;
  /** Called once, when everything that the log had at the start has been handed over. */
  readonly onCaughtUp?: () => void;
}

export interface TopicTail {
  /** Resolves when the start positions are known, so that what is sent from then on is seen also from the `end`. */
  readonly started: Promise<ReadonlyMap<number, number>>;
  /** Rejects when reading has ended with an error, of `onRecords` for example; never resolves. */
  readonly failed: Promise<never>;
  /** Why Kafka can't be reached just now; undefined while all is well. */
  readonly problem: Error | undefined;
  /** Resolves when everything that the log has by now has been handed over; waits for Kafka as long as it is away. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

const CATCH_UP_CHECK_MS = 5;
const RETRY_MS = 250;
const LEADERLESS: ReadonlySet<string | undefined> = new Set(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/**
 * Reads a topic (name on the broker) without a group, until closed. Nothing is committed. Where the topic is deleted,
 * made anew or truncated meanwhile, it waits for it and goes on at its beginning.
 */
export const tailTopic = (
  kafka: Kafka,
  topic: string,
  { partitions, from = 'end', onRecords, onCaughtUp }: TailTopicOptions,
): TopicTail => {
  const cluster = kafka.cluster();
  const started = Promise.withResolvers<ReadonlyMap<number, number>>();
  const failed = Promise.withResolvers<never>();
  const closing = new AbortController();
  let reader: LogReader | undefined;
  let problem: Error | undefined;
  let queue: Promise<void> = Promise.resolve();
  let waiting = 0;

  const isClosing = (): boolean => closing.signal.aborted;
  const end = (error: Error): void => {
    closing.abort();
    reader?.stop();
    failed.reject(error);
  };

  let behind: Map<number, number> | undefined;
  let caughtUp = false;

  const checkCaughtUp = (): void => {
    for (const [partition, end] of behind ?? []) {
      if ((reader?.position(partition) ?? 0) >= end) behind?.delete(partition);
    }
    if (behind?.size !== 0 || isClosing()) return;
    behind = undefined;
    caughtUp = true;
    onCaughtUp?.();
  };

  const deliver = async (records: readonly RawRecord[]): Promise<void> => {
    try {
      if (!isClosing() && records.length > 0) await onRecords(records);
      if (waiting === 1) checkCaughtUp();
    } catch (error) {
      end(error as Error);
    }
    waiting--;
    reader?.wake();
  };

  const run = async (start: NonNullable<TailTopicOptions['from']>): Promise<void> => {
    while (!isClosing()) {
      try {
        const positions = await startPositions(cluster, topic, start, partitions);
        if (!caughtUp) behind = new Map(await logOffsets(cluster, topic, [...positions.keys()], 'end'));
        problem = undefined;
        if (isClosing()) return;
        const current: LogReader = new LogReader(
          kafka,
          cluster,
          {
            topic,
            onRecords: (records) => {
              waiting++;
              queue = queue.then(() => deliver(records));
            },
            hasRoom: () => waiting === 0,
            onFatal: end,
            onReplaced: (error) => {
              problem = error;
              reader = undefined;
              running = current.finished().then(() => run('beginning'));
            },
          },
          positions,
        );
        reader = current;
        started.resolve(positions);
        checkCaughtUp();
        return;
      } catch (error) {
        if (isBug(error)) {
          end(error);
          return;
        }
        problem = error as Error;
        await sleep(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  };
  let running = run(from);

  const catchUp = async (): Promise<void> => {
    await started.promise;
    let goal: { readonly reader: LogReader; readonly ends: ReadonlyMap<number, number> } | undefined;
    while (!isClosing()) {
      try {
        // A topic that is made anew meanwhile has another reader and other ends.
        if (reader !== undefined && reader !== goal?.reader) {
          goal = { reader, ends: await logOffsets(cluster, topic, reader.partitions, 'end') };
        }
      } catch (error) {
        if (isBug(error)) throw error;
        await sleep(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
        continue;
      }
      if (goal !== undefined && goal.reader === reader && waiting === 0 && hasReached(reader, goal.ends)) return;
      await sleep(CATCH_UP_CHECK_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };

  return {
    catchUp,
    started: started.promise,
    failed: failed.promise,
    get problem() {
      return problem ?? reader?.problem;
    },
    async close() {
      closing.abort();
      reader?.stop();
      closeCluster(cluster);
      await running;
      await queue;
      await reader?.finished();
      closeCluster(cluster);
    },
  };
};

const hasReached = (reader: LogReader, ends: ReadonlyMap<number, number>): boolean =>
  [...ends].every(([partition, end]) => reader.position(partition) >= end);

const startPositions = async (
  cluster: Cluster,
  topic: string,
  from: NonNullable<TailTopicOptions['from']>,
  only?: readonly number[],
): Promise<ReadonlyMap<number, number>> => {
  await prepare(cluster, topic);
  const partitions = only ?? partitionsOf(cluster, topic);
  if (from === 'beginning' || from === 'end') return logOffsets(cluster, topic, partitions, from);
  if (!(from instanceof Map)) return logOffsets(cluster, topic, partitions, (from as { timestamp: number }).timestamp);
  const given = from as ReadonlyMap<number, number>;
  const beginnings = await logOffsets(cluster, topic, partitions, 'beginning');
  return new Map(partitions.map((partition) => [partition, given.get(partition) ?? beginnings.get(partition) ?? 0]));
};

const prepare = async (cluster: Cluster, topic: string): Promise<void> => {
  if (!cluster.isConnected()) await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
  // What is known of the topic may be of one that was deleted since.
  await cluster.refreshMetadata();
};

/** Asks until the partitions have leaders that know of it, as right after a broker's start. */
const onceLed = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!LEADERLESS.has(protocolErrorOf(error))) throw error;
      await sleep(RETRY_MS);
    }
  }
};

/**
 * Every record that a topic (name on the broker) has now, each partition's in order.
 *
 * @throws {Error} the topic is missing or was made anew meanwhile, or Kafka is away
 */
export const readAll = async (kafka: Kafka, topic: string): Promise<readonly RawRecord[]> => {
  const cluster = kafka.cluster();
  let reader: LogReader | undefined;
  try {
    const { positions, ends } = await onceLed(async () => {
      const beginnings = await startPositions(cluster, topic, 'beginning');
      return { positions: beginnings, ends: await logOffsets(cluster, topic, [...beginnings.keys()], 'end') };
    });
    const records: RawRecord[] = [];
    const failed = Promise.withResolvers<never>();
    reader = new LogReader(
      kafka,
      cluster,
      {
        topic,
        onRecords: (read, partition) => {
          for (const record of read) if (record.offset < (ends.get(partition) ?? 0)) records.push(record);
        },
        hasRoom: () => true,
        onFatal: failed.reject,
        onReplaced: failed.reject,
      },
      positions,
    );
    while (!hasReached(reader, ends)) await Promise.race([failed.promise, sleep(CATCH_UP_CHECK_MS)]);
    reader.stop();
    return records;
  } finally {
    closeCluster(cluster);
    await reader?.finished();
    closeCluster(cluster);
  }
};
