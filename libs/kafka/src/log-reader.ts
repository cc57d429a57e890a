import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from './connection.js';
import { isBug, isTopicMissing, KafkaError } from './errors.js';
import { decodeFetchResponse, encodeFetchRequest, FETCH, type FetchedPartition } from './fetch-request.js';
import { createErrorFromCode, FETCH_CONNECTION, orCut, sendFrame, type Cluster } from './kafkajs-internals.js';
import { decodeRecords, type RawRecord } from './record-batch-decoder.js';

export interface LogReaderOptions {
  readonly topic: string;
  /** Most bytes that a fetch brings of a partition, but for its first batch, which comes whole. Default 512 KiB. */
  readonly maxPartitionBytes?: number;
  /**
   * Called with what was read of one partition, in order, starting where the last call ended; also with nothing, where
   * the log holds only what compaction or a transaction has left behind.
   */
  readonly onRecords: (records: readonly RawRecord[], partition: number) => void;
  /** Nothing is fetched while this says no; call {@link LogReader.wake} when it changes. */
  readonly hasRoom: () => boolean;
  /** The reader has ended because of a bug or a batch that can't be read; Kafka's own faults are retried for ever. */
  readonly onFatal: (error: Error) => void;
  /**
   * The reader has ended because its positions are of a log that is gone: the topic is or was missing, or a partition
   * ends before its position. Gets a `LOG_REPLACED`.
   */
  readonly onReplaced: (error: KafkaError) => void;
}

const MAX_WAIT_MS = 250;
// A fetch stays in memory as long as one of its records is in work. Larger ones were not faster.
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_PARTITION_BYTES = 512 * 1024;
const REVIEW_LEADERS_MS = 1_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;
const OFFSET_OUT_OF_RANGE = 1;

/** Where the log of these partitions begins or ends, or the first offset appended at or after a time (ms since 1970). */
export const logOffsets = async (
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  at: 'beginning' | 'end' | number,
): Promise<ReadonlyMap<number, number>> => {
  if (partitions.length === 0) return new Map();
  const [found] = await cluster.fetchTopicsOffset([
    {
      topic,
      partitions: partitions.map((partition) => ({ partition })),
      ...(typeof at === 'number' ? { fromTimestamp: at } : { fromBeginning: at === 'beginning' }),
    },
  ]);
  const offsets = new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  const after = partitions.filter((partition) => (offsets.get(partition) ?? -1) < 0);
  if (typeof at === 'number' && after.length > 0) {
    for (const [partition, offset] of await logOffsets(cluster, topic, after, 'end')) offsets.set(partition, offset);
  }
  return offsets;
};

/** The topic's partitions, as the cluster's metadata has them. */
export const partitionsOf = (cluster: Cluster, topic: string): readonly number[] =>
  cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);

/**
 * Reads given partitions of one topic from given positions on, for ever, one fetch outstanding per leader. It follows
 * leaders, goes on after any absence of Kafka, and continues at the beginning of the log, with a warning, where
 * retention has deleted its position. It ends where the topic was deleted, made anew or truncated. (A topic that was made
 * anew between two fetches and is longer than its positions already looks like the old one: the protocol versions of
 * kafkajs know no topic ids.)
 */
export class LogReader {
  readonly #positions: Map<number, number>;
  readonly #endOffsets = new Map<number, number>();
  readonly #loops = new Set<number>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #roomWaiters: (() => void)[] = [];
  #problem: Error | undefined;
  #turn = 0;

  constructor(
    readonly kafka: Kafka,
    readonly cluster: Cluster,
    readonly options: LogReaderOptions,
    positions: ReadonlyMap<number, number>,
  ) {
    this.#positions = new Map(positions);
    this.#keep(this.#reviewLeaders());
  }

  /** Why the last fetch failed; undefined while all is well. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  get partitions(): readonly number[] {
    return [...this.#positions.keys()];
  }

  /** The offset that is fetched next. */
  position(partition: number): number {
    return this.#positions.get(partition) ?? 0;
  }

  /** Records that exist and were not yet read, as far as the last fetches told. */
  get unread(): number {
    let unread = 0;
    for (const [partition, position] of this.#positions) {
      unread += Math.max(0, (this.#endOffsets.get(partition) ?? position) - position);
    }
    return unread;
  }

  wake(): void {
    if (!this.options.hasRoom()) return;
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const resume of waiters) resume();
  }

  /** Ends at once: no record is handed out any more. */
  stop(): void {
    this.#stop.abort();
    for (const resume of this.#roomWaiters) resume();
    this.#roomWaiters = [];
  }

  /** Resolves when nothing uses the cluster any more: what is under way at the stop may open a connection after it. */
  async finished(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #keep(loop: Promise<void>): void {
    const kept = loop.finally(() => this.#running.delete(kept));
    this.#running.add(kept);
  }

  // A method, since the compiler would take what a getter said before an `await` for what it says after it.
  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  /** Keeps a loop running for every broker that leads one of the partitions. */
  async #reviewLeaders(): Promise<void> {
    while (!this.#isStopped()) {
      try {
        if (!this.cluster.isConnected()) await this.cluster.connect();
        await this.cluster.addMultipleTargetTopics([this.options.topic]);
        await this.cluster.refreshMetadataIfNecessary();
        this.#followLeaders();
      } catch (error) {
        if (this.#failed(error)) return;
      }
      await this.#pause(REVIEW_LEADERS_MS);
    }
  }

  #followLeaders(): void {
    for (const { partitionId, leader } of this.cluster.findTopicPartitionMetadata(this.options.topic)) {
      if (leader >= 0 && this.#positions.has(partitionId) && !this.#loops.has(leader)) {
        this.#keep(this.#readFrom(leader));
      }
    }
  }

  async #readFrom(leader: number): Promise<void> {
    this.#loops.add(leader);
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#isStopped()) {
      if (!this.options.hasRoom()) {
        await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
        continue;
      }
      try {
        const led = this.cluster
          .findTopicPartitionMetadata(this.options.topic)
          .filter((metadata) => metadata.leader === leader && this.#positions.has(metadata.partitionId));
        if (led.length === 0) break;
        await this.#fetch(
          leader,
          led.map(({ partitionId }) => partitionId),
        );
        this.#problem = undefined;
        backoffMs = FIRST_BACKOFF_MS;
      } catch (error) {
        if (this.#failed(error)) return;
        await this.#pause(backoffMs);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
        if (!this.#isStopped()) await this.#refreshMetadata();
      }
    }
    this.#loops.delete(leader);
  }

  async #refreshMetadata(): Promise<void> {
    try {
      await this.cluster.refreshMetadata();
      this.#followLeaders();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Notes why Kafka can't be read; true when there is no sense in trying again. */
  #failed(error: unknown): boolean {
    const problem = error instanceof Error ? error : new Error(String(error));
    if (isBug(error) || (error instanceof KafkaError && !error.canRetry)) {
      if (!this.#isStopped()) this.options.onFatal(problem);
      this.stop();
      return true;
    }
    if (isTopicMissing(error)) {
      this.#endReplaced({ missing: true }, problem);
      return true;
    }
    if (this.#problem === undefined && !this.#isStopped()) {
      this.kafka.logger('warn', 'Kafka cannot be read; trying again.', {
        topic: this.options.topic,
        error: problem.message,
      });
    }
    this.#problem = problem;
    return false;
  }

  async #fetch(leader: number, partitions: readonly number[]): Promise<void> {
    const { topic, maxPartitionBytes = MAX_PARTITION_BYTES } = this.options;
    const broker = await this.cluster.findBroker({ nodeId: leader });
    // The broker fills the response in this order up to its size, so each partition has its turn in front.
    const first = this.#turn++ % partitions.length;
    const inTurn = [...partitions.slice(first), ...partitions.slice(0, first)];
    const request = inTurn.map((partition) => ({ partition, offset: this.position(partition) }));
    const frame = encodeFetchRequest(
      {
        topic,
        partitions: request,
        maxWaitMs: MAX_WAIT_MS,
        maxBytes: MAX_BYTES,
        maxPartitionBytes,
      },
      this.kafka.connection.clientId,
    );
    const { payload, throttle } = await orCut(
      this.cluster,
      broker,
      sendFrame(broker, FETCH_CONNECTION, { ...FETCH, frame }),
    );
    const response = decodeFetchResponse(payload);
    throttle(response.throttleMs);
    if (response.errorCode !== 0) throw createErrorFromCode(response.errorCode);
    let problem: Error | undefined;
    for (const fetched of response.partitions) {
      if (this.#isStopped()) return;
      if (fetched.errorCode === 0) this.#take(fetched);
      else if (fetched.errorCode === OFFSET_OUT_OF_RANGE) await this.#continueInRange(fetched.partition);
      else problem = createErrorFromCode(fetched.errorCode);
    }
    if (problem !== undefined) throw problem;
  }

  #take({ partition, records: bytes, endOffset, aborted }: FetchedPartition): void {
    const { topic, onRecords } = this.options;
    this.#endOffsets.set(partition, endOffset);
    if (bytes.length === 0) return;
    const { records, nextOffset } = decodeRecords(topic, partition, bytes, this.position(partition), aborted);
    if (nextOffset !== undefined) this.#positions.set(partition, Math.max(nextOffset, this.position(partition)));
    if (nextOffset !== undefined) onRecords(records, partition);
  }

  /** Goes on behind what retention has deleted; a position that the log has not reached is of another log. */
  async #continueInRange(partition: number): Promise<void> {
    const { topic } = this.options;
    const beginning = (await logOffsets(this.cluster, topic, [partition], 'beginning')).get(partition) ?? 0;
    if (this.#isStopped()) return;
    const position = this.position(partition);
    if (position >= beginning) {
      this.#endReplaced({ partition, position, beginning });
      return;
    }
    this.kafka.logger('warn', 'Retention has deleted the position; reading goes on at the beginning of the log.', {
      topic,
      partition,
      position,
      beginning,
    });
    this.#positions.set(partition, beginning);
  }

  #endReplaced(seen: Readonly<Record<string, unknown>>, cause?: Error): void {
    if (this.#isStopped()) return;
    const { topic, onReplaced } = this.options;
    this.kafka.logger('warn', 'The log that was read is gone: the topic was deleted, made anew or truncated.', {
      topic,
      ...seen,
    });
    this.stop();
    onReplaced(
      new KafkaError(
        'LOG_REPLACED',
        true,
        `Topic ${topic} was deleted, made anew or truncated while it was read; read it again from its beginning.`,
        cause,
      ),
    );
  }
}
