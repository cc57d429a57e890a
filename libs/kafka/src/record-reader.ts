import type { Kafka } from './connection.js';
import { closeCluster, type Cluster } from './kafkajs-internals.js';
import { LogReader, logOffsets } from './log-reader.js';
import type { RawRecord } from './record-batch-decoder.js';

/** A batch comes whole, however little is asked for: one is enough. */
const ONE_BATCH = 1;

/** The record itself; `before-beginning` when retention has deleted it, `after-end` when the log ends before it. */
export type RecordRead = RawRecord | 'before-beginning' | 'after-end';

/** A connection that reads share: it is closed when the last of them has ended after one of them has failed. */
interface Shared {
  readonly cluster: Cluster;
  readonly connected: Promise<void>;
  reads: number;
}

/** Reads single records of a topic (name on the broker) over a connection that is kept from one read to the next. */
export class RecordReader {
  #shared: Shared | undefined;
  readonly #closing = new AbortController();
  readonly #reads = new Set<Promise<unknown>>();

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
  ) {}

  /**
   * The record at an offset; where compaction has removed it, the next one. Its bytes are a view into all that came with it.
   *
   * @throws {Error} the topic is missing or was made anew meanwhile, Kafka is away, or the reader is closed
   */
  async read(partition: number, offset: number): Promise<RecordRead> {
    this.#closing.signal.throwIfAborted();
    const shared = (this.#shared ??= this.#connect());
    shared.reads += 1;
    const read = this.#readOver(shared, partition, offset);
    this.#reads.add(read);
    try {
      return await read;
    } catch (error) {
      // Whatever it was: the next read begins anew.
      if (this.#shared === shared) this.#shared = undefined;
      throw error;
    } finally {
      this.#reads.delete(read);
      shared.reads -= 1;
      if (shared.reads === 0 && this.#shared !== shared) closeCluster(shared.cluster);
    }
  }

  /** Ends what is being read. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The reader was closed.'));
    const shared = this.#shared;
    this.#shared = undefined;
    if (shared !== undefined) closeCluster(shared.cluster);
    await Promise.allSettled(this.#reads);
    // What was under way may have opened a connection since.
    if (shared !== undefined) closeCluster(shared.cluster);
  }

  #connect(): Shared {
    const cluster = this.kafka.cluster();
    const connected = cluster.connect().then(() => cluster.addMultipleTargetTopics([this.topic]));
    return { cluster, connected, reads: 0 };
  }

  async #readOver({ cluster, connected }: Shared, partition: number, offset: number): Promise<RecordRead> {
    await connected;
    const boundary = async (at: 'beginning' | 'end') =>
      (await logOffsets(cluster, this.topic, [partition], at)).get(partition) ?? 0;
    const [beginning, end] = await Promise.all([boundary('beginning'), boundary('end')]);
    if (offset >= end) return 'after-end';
    if (offset < beginning) return 'before-beginning';
    const { signal } = this.#closing;
    const { promise, resolve, reject } = Promise.withResolvers<RawRecord>();
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave);
    const reader = new LogReader(
      this.kafka,
      cluster,
      {
        topic: this.topic,
        maxPartitionBytes: ONE_BATCH,
        onRecords: ([first]) => {
          if (first !== undefined) resolve(first);
        },
        hasRoom: () => true,
        onFatal: reject,
        onReplaced: reject,
      },
      new Map([[partition, offset]]),
    );
    try {
      signal.throwIfAborted();
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
      reader.stop();
      await reader.finished();
    }
  }
}
