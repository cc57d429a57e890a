import { Fifo } from './fifo.js';
import type { RawRecord } from './record-batch-decoder.js';

export interface BatchGathererOptions {
  readonly maxRecords: number;
  /** Gives the record's key when no later record of that key may be in a batch before this one's is done. */
  readonly closesSubject?: ((record: RawRecord) => string | undefined) | undefined;
}

const RECORD_OVERHEAD = 200;

/** Fetched records that wait for a batch, and the rule by which batches are cut from them. No I/O. */
export class BatchGatherer {
  readonly #queues = new Map<number, Fifo<RawRecord>>();
  readonly #closed = new Set<string>();
  #records = 0;
  #bytes = 0;
  #turn = 0;

  constructor(private readonly options: BatchGathererOptions) {}

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(records: readonly RawRecord[], partition: number): void {
    let queue = this.#queues.get(partition);
    if (queue === undefined) this.#queues.set(partition, (queue = new Fifo<RawRecord>()));
    for (const record of records) {
      queue.push(record);
      this.#bytes += bytesOf(record);
    }
    this.#records += records.length;
  }

  clear(): void {
    this.#queues.clear();
    this.#closed.clear();
    this.#records = 0;
    this.#bytes = 0;
  }

  /**
   * Cuts the next batch: each partition's records in their order, partitions in turn and with fair shares. A partition
   * whose next record has a closed key gives no more until that is released; the others go on. Empty when none can.
   */
  take(): RawRecord[] {
    const batch: RawRecord[] = [];
    const { maxRecords, closesSubject } = this.options;
    let open = this.#inTurn();
    while (open.length > 0 && batch.length < maxRecords) {
      const share = Math.ceil((maxRecords - batch.length) / open.length);
      open = open.filter((queue) => {
        for (let taken = 0; taken < share && batch.length < maxRecords; taken++) {
          const record = queue.first;
          if (record === undefined) return false;
          if (this.#closed.size > 0 && record.key !== null && this.#closed.has(record.key.toString())) return false;
          queue.shift();
          batch.push(record);
          this.#bytes -= bytesOf(record);
          const closedKey = closesSubject?.(record);
          if (closedKey !== undefined) this.#closed.add(closedKey);
        }
        return queue.length > 0;
      });
    }
    this.#records -= batch.length;
    return batch;
  }

  /** The batch is done: the keys that it closed are open again. */
  release(batch: readonly RawRecord[]): void {
    if (this.#closed.size === 0) return;
    for (const record of batch) {
      const closedKey = this.options.closesSubject?.(record);
      if (closedKey !== undefined) this.#closed.delete(closedKey);
    }
  }

  #inTurn(): readonly Fifo<RawRecord>[] {
    const queues = [...this.#queues.values()].filter(({ length }) => length > 0);
    if (queues.length === 0) return queues;
    const first = this.#turn++ % queues.length;
    return [...queues.slice(first), ...queues.slice(0, first)];
  }
}

const bytesOf = (record: RawRecord): number =>
  RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0);
