import { setTimeout as sleep } from 'node:timers/promises';
import { BatchesInFlight } from './batches-in-flight.js';
import type { Kafka } from './connection.js';
import { Delivery, DeliveryDeadlines } from './delivery.js';
import { isBug, KafkaError, KafkaUnavailable, ProducerFull } from './errors.js';
import { ProducerIdentity } from './producer-identity.js';
import { ProducerMetadata } from './producer-metadata.js';
import { sizeRecord } from './record-batch-encoder.js';
import { bytesInBatch, RecordQueues, type ProducerRecord, type QueuedRecord } from './record-queues.js';

export interface BatchingProducerOptions {
  /**
   * How long the first record of a batch waits for more. Default 2. With 0, what is queued goes as soon as the
   * previous send is back: right where callers already come with whole lists.
   */
  readonly lingerMs?: number;
  /** Bytes that may wait for their acknowledgement; above it calls fail with {@link ProducerFull}. Default 64 MiB. */
  readonly maxBufferedBytes?: number;
  /**
   * After how long a caller learns that Kafka does not acknowledge ({@link KafkaUnavailable}). Default 30,000.
   * `Infinity` goes on trying for ever: right for a consumer, whose offsets stay where they are meanwhile.
   */
  readonly deliveryTimeoutMs?: number;
}

const FIRST_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 500;
const CHECK_CONNECTION_MS = 1_000;

/**
 * An idempotent producer with acks=all that has exactly one send outstanding and batches what arrives meanwhile.
 *
 * Nothing acknowledged is lost or doubled: a batch keeps its producer id and sequence number through every retry, so a
 * broker that took it before a connection was cut recognises it. A batch whose callers have been told
 * {@link KafkaUnavailable} is given up; where the broker may have taken it, the next send starts a new producer id,
 * because its place in the sequence is unknown.
 */
export class BatchingProducer {
  /** Rejects with the bug that has ended the producer; never resolves. Unheard, it ends the process. */
  readonly failed: Promise<never>;
  readonly #fail: (error: Error) => void;

  readonly #kafka: Kafka;
  readonly #options: Required<BatchingProducerOptions>;

  readonly #metadata: ProducerMetadata;
  readonly #identity = new ProducerIdentity();
  readonly #queues: RecordQueues;
  readonly #inFlight: BatchesInFlight;
  readonly #deadlines: DeliveryDeadlines;
  #bufferedBytes = 0;

  #problem: Error | undefined;
  #bug: Error | undefined;
  #closing = false;
  #idle = false;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  #reached = false;
  readonly #connected = Promise.withResolvers<undefined>();
  readonly #abort = new AbortController();

  constructor(kafka: Kafka, options: BatchingProducerOptions = {}) {
    const failed = Promise.withResolvers<never>();
    this.failed = failed.promise;
    this.#fail = failed.reject;
    this.#kafka = kafka;
    this.#options = {
      lingerMs: options.lingerMs ?? 2,
      maxBufferedBytes: options.maxBufferedBytes ?? 64 * 1024 * 1024,
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? 30_000,
    };
    const release = (record: QueuedRecord): void => {
      this.#bufferedBytes -= bytesInBatch(record);
    };
    this.#metadata = new ProducerMetadata(kafka);
    this.#queues = new RecordQueues(release);
    this.#inFlight = new BatchesInFlight({
      kafka,
      metadata: this.#metadata,
      identity: this.#identity,
      queues: this.#queues,
      onDone: release,
    });
    this.#deadlines = new DeliveryDeadlines(
      () => this.#unavailable(),
      () => this.#queues.discardSettled(),
    );
    this.#connected.promise.catch(() => undefined);
  }

  /**
   * Resolves once Kafka is reached. Nobody need wait for it, calls to `append` and `sendAll` neither: unheard, its
   * failure ends nothing.
   *
   * @throws {KafkaError} `PRODUCER_CLOSED`: the producer was closed before it reached Kafka
   * @throws {Error} what {@link failed} rejects with
   */
  connect(): Promise<void> {
    this.#loop ??= this.#run();
    // The promise itself, whose rejection the constructor has handled; a derived one would have to be heard.
    return this.#connected.promise;
  }

  /** Whether the last attempt to reach Kafka succeeded, for readiness. */
  health(): { readonly ready: boolean; readonly reason?: string } {
    if (this.#bug !== undefined) return { ready: false, reason: `The producer has ended: ${this.#bug.message}` };
    if (this.#problem !== undefined) return { ready: false, reason: this.#problem.message };
    return this.#reached ? { ready: true } : { ready: false, reason: 'Kafka has not been reached yet.' };
  }

  /** Like {@link sendAll} with one record. */
  append(record: ProducerRecord): Promise<void> {
    return this.sendAll([record]);
  }

  /**
   * Resolves once all replicas in sync have every one of these records.
   *
   * @throws {ProducerFull} the buffer is full; none of the records was taken
   * @throws {KafkaUnavailable} not acknowledged within the delivery timeout; any of the records may have been taken
   * @throws {RecordRejected} Kafka refuses one of the records; the others may have been taken
   * @throws {Error} what {@link failed} rejects with; any of the records may have been taken
   */
  sendAll(records: readonly ProducerRecord[]): Promise<void> {
    if (this.#closing) {
      return Promise.reject(
        new KafkaError('PRODUCER_CLOSED', false, 'The producer is closed; send before disconnect().'),
      );
    }
    if (records.length === 0) return Promise.resolve();
    if (this.#bug !== undefined) return Promise.reject(this.#bug);
    const delivery = new Delivery(records.length, performance.now() + this.#options.deliveryTimeoutMs);
    const queued: QueuedRecord[] = new Array<QueuedRecord>(records.length);
    let bytes = 0;
    for (let index = 0; index < records.length; index++) {
      const content = records[index] as ProducerRecord;
      const { keyBytes, valueBytes, headerCount, bodyBytes } = sizeRecord(content);
      const record: QueuedRecord = { content, keyBytes, valueBytes, headerCount, bodyBytes, delivery, alone: false };
      queued[index] = record;
      bytes += bytesInBatch(record);
    }
    if (!Number.isSafeInteger(bytes)) {
      return Promise.reject(new TypeError('Keys, values and headers of a record are text, buffers or null.'));
    }
    if (this.#bufferedBytes > 0 && this.#bufferedBytes + bytes > this.#options.maxBufferedBytes) {
      return Promise.reject(new ProducerFull(this.#bufferedBytes, this.#options.maxBufferedBytes));
    }
    this.#queues.add(queued);
    this.#bufferedBytes += bytes;
    this.#deadlines.watch(delivery);
    this.#loop ??= this.#run();
    if (this.#idle || this.#queues.fillsRequest) this.#wake?.();
    return delivery.promise;
  }

  /**
   * Sends what is buffered and closes the connections.
   *
   * @param timeoutMs what is not acknowledged by then fails with {@link KafkaUnavailable}
   */
  async disconnect(timeoutMs = 10_000): Promise<void> {
    this.#closing = true;
    this.#wake?.();
    const giveUp = setTimeout(() => {
      this.#abort.abort();
      this.#wake?.();
    }, timeoutMs);
    await this.#loop;
    clearTimeout(giveUp);
    this.#deadlines.stop();
    this.#connected.reject(
      new KafkaError('PRODUCER_CLOSED', false, 'The producer was closed before it reached Kafka.'),
    );
    this.#metadata.close();
  }

  async #run(): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      this.#abort.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#sendUntilClosed(), aborted]);
    this.#failRest();
  }

  async #sendUntilClosed(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#abort.signal.aborted && !(this.#closing && this.#inFlight.isEmpty && this.#queues.records === 0)) {
      try {
        await this.#ensureConnected();
        if (this.#inFlight.isEmpty) {
          await this.#waitForRecords();
          if (this.#queues.records === 0) continue;
          await this.#queues.route((topic) => this.#metadata.partitionCount(topic));
          this.#inFlight.take();
        }
        await this.#inFlight.send().finally(() => this.#deadlines.forgetSettled());
        backoffMs = FIRST_BACKOFF_MS;
        this.#problem = undefined;
      } catch (error) {
        if (isBug(error)) {
          this.#bug = error;
          this.#connected.reject(error);
          this.#fail(error);
          return;
        }
        this.#report(error);
        this.#inFlight.dropAbandoned();
        await sleep(backoffMs, undefined, { signal: this.#abort.signal }).catch(() => undefined);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
    }
  }

  #report(error: unknown): void {
    const problem = error instanceof Error ? error : new Error(String(error));
    if (this.#problem === undefined) {
      this.#kafka.logger('warn', 'Kafka does not take records; trying again.', { error: problem.message });
    }
    this.#problem = problem;
  }

  async #ensureConnected(): Promise<void> {
    await this.#metadata.ensureConnected();
    if (this.#inFlight.isEmpty) {
      await this.#identity.ensure(this.#metadata.cluster);
      this.#problem = undefined;
    }
    this.#reached = true;
    this.#connected.resolve(undefined);
  }

  /** Waits until a send is due; also returns now and then while idle, so that a lost connection is noticed and made again. */
  async #waitForRecords(): Promise<void> {
    if (this.#queues.records > 0 || this.#isClosing()) return;
    this.#idle = true;
    await this.#sleepUntilWoken(CHECK_CONNECTION_MS);
    this.#idle = false;
    if (this.#queues.records === 0) return;
    if (this.#options.lingerMs === 0) await new Promise((resolve) => setImmediate(resolve));
    else if (!this.#isClosing()) await this.#sleepUntilWoken(this.#options.lingerMs);
  }

  // A method, since the compiler would take what the field said before an `await` for what it says after it.
  #isClosing(): boolean {
    return this.#closing;
  }

  #sleepUntilWoken(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#wake = done;
    });
  }

  #unavailable(): KafkaUnavailable {
    return new KafkaUnavailable(
      `Kafka did not acknowledge in time (${this.#problem?.message ?? 'no answer yet'}). Check that ` +
        `${this.#kafka.connection.brokers.join(', ')} can be reached; send again with the same id.`,
      this.#problem,
    );
  }

  #failRest(): void {
    const error = this.#bug ?? this.#unavailable();
    this.#inFlight.failAll(error);
    this.#queues.failAll(error);
  }
}
