import type { Delivery } from './delivery.js';
import { isBug } from './errors.js';
import { Fifo } from './fifo.js';
import { homePartition } from './murmur2.js';
import type { RecordContent, SizedRecord } from './record-batch-encoder.js';

export interface ProducerRecord extends RecordContent {
  /** The topic's name on the broker (`topicOnBroker`). */
  readonly topic: string;
  /** Default: {@link homePartition} of the partition key, else of the key; without any of them, any. */
  readonly partition?: number | undefined;
  /** Keeps records of several keys together: they lie where records of this key do. */
  readonly partitionKey?: string;
}

export interface QueuedRecord extends SizedRecord {
  readonly content: ProducerRecord;
  readonly delivery: Delivery;
  /** Its batch was refused: it goes in a batch of its own, so that only the faulty record fails. */
  alone: boolean;
}

/** Records that go to one partition together. */
export interface PartitionRecords {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly QueuedRecord[];
}

const RECORD_OVERHEAD = 10;
const BATCH_OVERHEAD = 61;
/** A send is filled up to this; one larger record goes alone. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/**
 * One partition's batch is filled up to this: it must stay below the topic's max.message.bytes, which Kafka applies to
 * the batch. One larger record goes alone.
 */
const MAX_BATCH_BYTES = 900 * 1024;

/** An upper bound of what a record takes in a batch. */
export const bytesInBatch = ({ bodyBytes }: SizedRecord): number => bodyBytes + RECORD_OVERHEAD;

/**
 * The records that were not sent yet: first as they arrived, then by partition. Cuts them into one batch per partition
 * and send. No I/O.
 */
export class RecordQueues {
  readonly #arrived = new Fifo<QueuedRecord>();
  readonly #byPartition = new Map<string, Map<number, Fifo<QueuedRecord>>>();
  readonly #batchLimits = new Map<string, number>();
  #roundRobin = 0;
  #records = 0;
  #bytes = 0;

  /** @param onDiscarded called with each record that is given up because its caller has been told that it failed */
  constructor(private readonly onDiscarded: (record: QueuedRecord) => void) {}

  get records(): number {
    return this.#records;
  }

  /** Whether a send can be filled. */
  get fillsRequest(): boolean {
    return this.#bytes >= MAX_REQUEST_BYTES;
  }

  add(records: readonly QueuedRecord[]): void {
    for (const record of records) {
      this.#arrived.push(record);
      this.#bytes += bytesInBatch(record);
    }
    this.#records += records.length;
  }

  /**
   * Gives every record that arrived its partition; those whose topic's partitions can't be told wait on.
   *
   * @param partitionCount of a topic
   * @throws what `partitionCount` throws, when a bug or when nothing else is left to send
   */
  async route(partitionCount: (topic: string) => Promise<number>): Promise<void> {
    let missing: Error | undefined;
    const later: QueuedRecord[] = [];
    const counts = new Map<string, number>();
    for (let record = this.#arrived.shift(); record !== undefined; record = this.#arrived.shift()) {
      if (record.delivery.settled) {
        this.#discard(record);
        continue;
      }
      const { topic } = record.content;
      let count = counts.get(topic);
      if (count === undefined) {
        try {
          count = await partitionCount(topic);
        } catch (error) {
          if (isBug(error)) throw error;
          missing = error as Error;
          count = 0;
        }
        counts.set(topic, count);
      }
      if (count === 0) later.push(record);
      else this.#queueOf(topic, this.#partitionOf(record.content, count)).push(record);
    }
    this.#roundRobin++;
    if (later.length === 0) return;
    this.#arrived.putBack(later);
    if (later.length === this.#records && missing !== undefined) throw missing;
  }

  /** Takes one batch per partition, up to the limits. */
  cut(): readonly PartitionRecords[] {
    const batches: PartitionRecords[] = [];
    let requestBytes = 0;
    for (const [topic, partitions] of this.#byPartition) {
      const batchLimit = this.#batchLimits.get(topic) ?? MAX_BATCH_BYTES;
      for (const [partition, queue] of partitions) {
        const records: QueuedRecord[] = [];
        let bytes = BATCH_OVERHEAD;
        for (let record = queue.first; record !== undefined; record = queue.first) {
          if (record.delivery.settled) {
            queue.shift();
            this.#discard(record);
            continue;
          }
          const size = bytesInBatch(record);
          const full = bytes + size > batchLimit || requestBytes + bytes + size > MAX_REQUEST_BYTES;
          if (records.length > 0 && (full || record.alone)) break;
          if (full && batches.length > 0) break;
          queue.shift();
          records.push(record);
          bytes += size;
          this.#leave(record);
          if (record.alone) break;
        }
        if (records.length === 0) continue;
        requestBytes += bytes;
        batches.push({ topic, partition, records });
      }
    }
    // What goes first every time would starve what goes last when sends are full.
    this.#rotate();
    return batches;
  }

  /** Puts a batch in front again, to be cut anew. */
  putBack({ topic, partition, records }: PartitionRecords): void {
    for (const record of records) this.#bytes += bytesInBatch(record);
    this.#records += records.length;
    this.#queueOf(topic, partition).putBack(records);
  }

  /** The broker finds a batch of these records too large: the topic's batches are filled half as far. */
  halveBatches({ topic, records }: PartitionRecords): void {
    this.#batchLimits.set(topic, Math.floor(records.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0) / 2));
  }

  /** Gives up the records in front whose callers know that they failed. */
  discardSettled(): void {
    for (const queue of this.#queues()) {
      for (let record = queue.first; record?.delivery.settled === true; record = queue.first) {
        queue.shift();
        this.#discard(record);
      }
    }
  }

  failAll(error: Error): void {
    for (const queue of this.#queues()) {
      for (let record = queue.shift(); record !== undefined; record = queue.shift()) record.delivery.fail(error);
    }
  }

  #partitionOf({ partition, key, partitionKey }: ProducerRecord, count: number): number {
    if (partition !== undefined) return partition;
    const placing = partitionKey ?? key ?? undefined;
    return placing === undefined ? this.#roundRobin % count : homePartition(placing, count);
  }

  #queueOf(topic: string, partition: number): Fifo<QueuedRecord> {
    let partitions = this.#byPartition.get(topic);
    if (partitions === undefined) this.#byPartition.set(topic, (partitions = new Map<number, Fifo<QueuedRecord>>()));
    let queue = partitions.get(partition);
    if (queue === undefined) partitions.set(partition, (queue = new Fifo<QueuedRecord>()));
    return queue;
  }

  #rotate(): void {
    const firstTopic = this.#byPartition.entries().next().value;
    if (firstTopic !== undefined) {
      this.#byPartition.delete(firstTopic[0]);
      this.#byPartition.set(firstTopic[0], firstTopic[1]);
    }
    for (const partitions of this.#byPartition.values()) {
      const first = partitions.entries().next().value;
      if (first === undefined) continue;
      partitions.delete(first[0]);
      partitions.set(first[0], first[1]);
    }
  }

  *#queues(): Generator<Fifo<QueuedRecord>> {
    yield this.#arrived;
    for (const partitions of this.#byPartition.values()) yield* partitions.values();
  }

  #leave(record: QueuedRecord): void {
    this.#records--;
    this.#bytes -= bytesInBatch(record);
  }

  #discard(record: QueuedRecord): void {
    this.#leave(record);
    this.onDiscarded(record);
  }
}
