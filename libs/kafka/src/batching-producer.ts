import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from './connection.js';
import { isBug, KafkaError, KafkaUnavailable, ProducerFull, RecordRejected } from './errors.js';
import {
  closeCluster,
  createErrorFromCode,
  orCut,
  REQUEST_CONNECTION,
  sendFrame,
  type Cluster,
} from './kafkajs-internals.js';
import { Fifo } from './fifo.js';
import { homePartition } from './murmur2.js';
import { decodeProduceResponse, encodeProduceRequest, PRODUCE, type ProduceBatch } from './produce-request.js';
import { sizeRecord, type RecordContent, type SizedRecord } from './record-batch-encoder.js';

export interface ProducerRecord extends RecordContent {
  /** The topic's name on the broker (`topicOnBroker`). */
  readonly topic: string;
  /** Default: {@link homePartition} of the partition key, else of the key; without any of them, any. */
  readonly partition?: number | undefined;
  /** Keeps records of several keys together: they lie where records of this key do. */
  readonly partitionKey?: string;
}

/** One acknowledged produce send, for metrics. */
export interface ProducerSend {
  readonly records: number;
  /** Bytes on the wire. */
  readonly bytes: number;
  readonly elapsedMs: number;
}

export interface BatchingProducerOptions {
  /**
   * How long the first record of a batch waits for more. Default 2. With 0, what is queued goes as soon as the
   * previous send is back: right where callers already come with whole lists.
   */
  readonly lingerMs?: number;
  /** Bytes that may wait for their acknowledgement; above it calls fail with {@link ProducerFull}. Default 64 MiB. */
  readonly maxBufferedBytes?: number;
  /** A send is filled up to this. Default 4 MiB; one larger record goes alone. */
  readonly maxRequestBytes?: number;
  /**
   * One partition's batch is filled up to this. Default 900 KiB: it must stay below the topic's max.message.bytes,
   * which Kafka applies to the batch. One larger record goes alone.
   */
  readonly maxBatchBytes?: number;
  /**
   * After how long a caller learns that Kafka does not acknowledge ({@link KafkaUnavailable}). Default 30,000.
   * `Infinity` goes on trying for ever: right for a consumer, whose offsets stay where they are meanwhile.
   */
  readonly deliveryTimeoutMs?: number;
  /** Called after each acknowledged send. */
  readonly onSend?: (send: ProducerSend) => void;
}

/** One call of `append` or `sendAll`: settled once, when its last record is acknowledged or its first one fails. */
class Delivery {
  readonly promise: Promise<void>;
  settled = false;
  bufferedBytes = 0;
  #outstanding: number;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor(
    records: number,
    readonly deadline: number,
  ) {
    this.#outstanding = records;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  acknowledge(): void {
    if (--this.#outstanding > 0 || this.settled) return;
    this.settled = true;
    this.#resolve();
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.#reject(error);
  }
}

interface Entry extends SizedRecord {
  readonly content: ProducerRecord;
  readonly delivery: Delivery;
  /** Its batch was refused: it goes in a batch of its own, so that only the faulty record fails. */
  alone: boolean;
}

/** A batch that was given its place in the partition's sequence and keeps it until its fate is known. */
interface InFlight extends ProduceBatch {
  readonly records: readonly Entry[];
  /** It went to a socket and no answer told that it was not taken. */
  maybeTaken: boolean;
  attempts: number;
}

const ENTRY_OVERHEAD = 10;
const BATCH_OVERHEAD = 61;
const ACK_TIMEOUT_MS = 10_000;
const FIRST_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 500;
const CHECK_CONNECTION_MS = 1_000;
// The request has the field; a producer without transactions has no use for it.
const UNUSED_TRANSACTION_TIMEOUT_MS = 60_000;
const SEQUENCE_MODULUS = 2 ** 31;

const ERROR = {
  requestTimedOut: 7,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  notEnoughReplicasAfterAppend: 20,
  topicAuthorizationFailed: 29,
  clusterAuthorizationFailed: 31,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducerId: 59,
} as const;

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
  readonly #options: Required<Omit<BatchingProducerOptions, 'onSend'>>;
  readonly #onSend: ((send: ProducerSend) => void) | undefined;

  readonly #arrived = new Fifo<Entry>();
  readonly #waiting = new Map<string, Map<number, Fifo<Entry>>>();
  readonly #deliveries = new Fifo<Delivery>();
  #bufferedBytes = 0;
  #unsentBytes = 0;
  #unsent = 0;

  #inFlight: InFlight[] = [];
  #cluster: Cluster;
  #metadataStale = false;
  #producer: { readonly id: bigint; readonly epoch: number } | undefined;
  readonly #sequences = new Map<string, number>();
  #sequencesUnknown = false;
  readonly #batchLimits = new Map<string, number>();
  #spareFrame: Buffer | undefined;
  #roundRobin = 0;

  readonly #missingUntil = new Map<string, number>();
  #problem: Error | undefined;
  #bug: Error | undefined;
  #closing = false;
  #idle = false;
  #wake: (() => void) | undefined;
  #expiryTimer: NodeJS.Timeout | undefined;
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
      maxRequestBytes: options.maxRequestBytes ?? 4 * 1024 * 1024,
      maxBatchBytes: options.maxBatchBytes ?? 900 * 1024,
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? 30_000,
    };
    this.#onSend = options.onSend;
    this.#cluster = kafka.cluster();
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

  /** Bytes that wait for their acknowledgement. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
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
    const entries: Entry[] = new Array<Entry>(records.length);
    for (let index = 0; index < records.length; index++) {
      const content = records[index] as ProducerRecord;
      const { keyBytes, valueBytes, headerCount, bodyBytes } = sizeRecord(content);
      entries[index] = { content, keyBytes, valueBytes, headerCount, bodyBytes, delivery, alone: false };
      delivery.bufferedBytes += bodyBytes + ENTRY_OVERHEAD;
    }
    if (!Number.isSafeInteger(delivery.bufferedBytes)) {
      return Promise.reject(new TypeError('Keys, values and headers of a record are text, buffers or null.'));
    }
    if (this.#bufferedBytes > 0 && this.#bufferedBytes + delivery.bufferedBytes > this.#options.maxBufferedBytes) {
      return Promise.reject(new ProducerFull(this.#bufferedBytes, this.#options.maxBufferedBytes));
    }
    for (const entry of entries) this.#arrived.push(entry);
    this.#bufferedBytes += delivery.bufferedBytes;
    this.#unsentBytes += delivery.bufferedBytes;
    this.#unsent += entries.length;
    if (Number.isFinite(delivery.deadline)) {
      this.#deliveries.push(delivery);
      this.#scheduleExpiry();
    }
    this.#loop ??= this.#run();
    if (this.#idle || this.#unsentBytes >= this.#options.maxRequestBytes) this.#wake?.();
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
    clearTimeout(this.#expiryTimer);
    this.#connected.reject(
      new KafkaError('PRODUCER_CLOSED', false, 'The producer was closed before it reached Kafka.'),
    );
    closeCluster(this.#cluster);
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
    while (!this.#abort.signal.aborted && !(this.#closing && this.#inFlight.length === 0 && this.#unsent === 0)) {
      try {
        await this.#ensureConnected();
        if (this.#inFlight.length === 0) {
          await this.#waitForRecords();
          if (this.#unsent === 0) continue;
          await this.#route();
          this.#inFlight = this.#take();
        }
        await this.#sendInFlight();
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
        this.#dropAbandoned();
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
    if (!this.#cluster.isConnected()) await this.#cluster.connect();
    if (this.#sequencesUnknown && this.#inFlight.length === 0) {
      this.#producer = undefined;
      this.#sequencesUnknown = false;
    }
    if (this.#producer === undefined && this.#inFlight.length === 0) {
      await this.#cluster.refreshMetadataIfNecessary();
      const broker = await this.#cluster.findControllerBroker();
      const { producerId, producerEpoch } = await orCut(
        this.#cluster,
        broker,
        broker.initProducerId({ transactionTimeout: UNUSED_TRANSACTION_TIMEOUT_MS }),
      );
      this.#producer = { id: BigInt(producerId), epoch: producerEpoch };
      this.#sequences.clear();
    }
    if (this.#inFlight.length === 0) this.#problem = undefined;
    this.#reached = true;
    this.#connected.resolve(undefined);
  }

  /** Waits until a send is due; also returns now and then while idle, so that a lost connection is noticed and made again. */
  async #waitForRecords(): Promise<void> {
    if (this.#unsent > 0 || this.#isClosing()) return;
    this.#idle = true;
    await this.#sleepUntilWoken(CHECK_CONNECTION_MS);
    this.#idle = false;
    if (this.#unsent === 0) return;
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

  /** Gives every record that arrived its partition. */
  async #route(): Promise<void> {
    let missing: Error | undefined;
    const later: Entry[] = [];
    const partitionCounts = new Map<string, number>();
    for (let entry = this.#arrived.shift(); entry !== undefined; entry = this.#arrived.shift()) {
      if (entry.delivery.settled) {
        this.#discard(entry);
        continue;
      }
      const { topic, key, partition, partitionKey = key } = entry.content;
      let count = partitionCounts.get(topic);
      if (count === undefined) {
        try {
          count = await this.#partitionCount(topic);
        } catch (error) {
          if (isBug(error)) throw error;
          missing = error as Error;
          count = 0;
        }
        partitionCounts.set(topic, count);
      }
      if (count === 0) {
        later.push(entry);
        continue;
      }
      const home =
        partition ??
        (partitionKey === null || partitionKey === undefined
          ? this.#roundRobin % count
          : homePartition(partitionKey, count));
      this.#waitingOf(topic, home).push(entry);
    }
    this.#roundRobin++;
    if (later.length === 0) return;
    this.#arrived.putBack(later);
    if (later.length === this.#unsent && missing !== undefined) throw missing;
  }

  async #partitionCount(topic: string): Promise<number> {
    const missing = new KafkaError('TOPIC_MISSING', true, `Topic ${topic} does not exist; create it.`);
    if ((this.#missingUntil.get(topic) ?? 0) > performance.now()) throw missing;
    try {
      await this.#askFor([topic]);
      const count = this.#cluster.findTopicPartitionMetadata(topic).length;
      if (count === 0) throw missing;
      return count;
    } catch (error) {
      this.#missingUntil.set(topic, performance.now() + MAX_BACKOFF_MS);
      throw error;
    }
  }

  #waitingOf(topic: string, partition: number): Fifo<Entry> {
    let partitions = this.#waiting.get(topic);
    if (partitions === undefined) this.#waiting.set(topic, (partitions = new Map<number, Fifo<Entry>>()));
    let waiting = partitions.get(partition);
    if (waiting === undefined) partitions.set(partition, (waiting = new Fifo<Entry>()));
    return waiting;
  }

  /** One batch per partition, up to the limits, each with its place in the partition's sequence. */
  #take(): InFlight[] {
    const producer = this.#producer;
    if (producer === undefined) return [];
    const timestamp = Date.now();
    const batches: InFlight[] = [];
    let requestBytes = 0;
    for (const [topic, partitions] of this.#waiting) {
      const batchLimit = this.#batchLimits.get(topic) ?? this.#options.maxBatchBytes;
      for (const [partition, waiting] of partitions) {
        const records: Entry[] = [];
        let bytes = BATCH_OVERHEAD;
        for (let entry = waiting.first; entry !== undefined; entry = waiting.first) {
          if (entry.delivery.settled) {
            waiting.shift();
            this.#discard(entry);
            continue;
          }
          const size = entry.bodyBytes + ENTRY_OVERHEAD;
          const full = bytes + size > batchLimit || requestBytes + bytes + size > this.#options.maxRequestBytes;
          if (records.length > 0 && (full || entry.alone)) break;
          if (full && batches.length > 0) break;
          waiting.shift();
          records.push(entry);
          bytes += size;
          this.#unsent--;
          this.#unsentBytes -= size;
          if (entry.alone) break;
        }
        if (records.length === 0) continue;
        requestBytes += bytes;
        batches.push({
          topic,
          partition,
          records,
          timestamp,
          producerId: producer.id,
          producerEpoch: producer.epoch,
          firstSequence: this.#sequences.get(`${topic}/${partition}`) ?? 0,
          maybeTaken: false,
          attempts: 0,
        });
      }
    }
    // What goes first every time would starve what goes last when sends are full.
    this.#rotate();
    return batches;
  }

  #rotate(): void {
    const firstTopic = this.#waiting.entries().next().value;
    if (firstTopic !== undefined) {
      this.#waiting.delete(firstTopic[0]);
      this.#waiting.set(firstTopic[0], firstTopic[1]);
    }
    for (const partitions of this.#waiting.values()) {
      const first = partitions.entries().next().value;
      if (first === undefined) continue;
      partitions.delete(first[0]);
      partitions.set(first[0], first[1]);
    }
  }

  /** One send: to every leader concerned at once. Returns when all have answered; throws when something is left to retry. */
  async #sendInFlight(): Promise<void> {
    this.#dropAbandoned();
    await this.#refreshMetadata();
    const byLeader = this.#groupByLeader();
    const problems: Error[] = [];
    await Promise.all(
      [...byLeader].map(async ([leader, batches]) => {
        try {
          await this.#sendTo(leader, batches, problems);
        } catch (error) {
          problems.push(error as Error);
        }
      }),
    );
    const routed = new Set([...byLeader.values()].flat());
    if (this.#inFlight.some((batch) => !routed.has(batch))) {
      problems.push(new KafkaError('KAFKA_UNAVAILABLE', true, 'A partition has no leader.'));
    }
    if (problems.length === 0) return;
    this.#metadataStale = true;
    throw problems[0] as Error;
  }

  /** Brings the metadata of what is to be sent up to date, after a failure and for topics not yet asked for. */
  async #refreshMetadata(): Promise<void> {
    if (this.#metadataStale) {
      this.#metadataStale = false;
      try {
        await this.#cluster.refreshMetadata();
      } catch (error) {
        // For example a topic that was deleted makes every refresh fail: start afresh with what is asked for.
        closeCluster(this.#cluster);
        this.#cluster = this.#kafka.cluster();
        throw error;
      }
    }
    await this.#askFor(this.#inFlight.map(({ topic }) => topic));
  }

  async #askFor(topics: readonly string[]): Promise<void> {
    await this.#cluster.addMultipleTargetTopics(topics);
    // kafkajs remembers a topic for which it could not ask while Kafka was away, and would not ask for it again.
    await this.#cluster.refreshMetadataIfNecessary();
  }

  #groupByLeader(): Map<number, InFlight[]> {
    const leaders = new Map<string, ReadonlyMap<number, number>>();
    const byLeader = new Map<number, InFlight[]>();
    for (const batch of this.#inFlight) {
      let leaderOf = leaders.get(batch.topic);
      if (leaderOf === undefined) {
        const metadata = this.#cluster.findTopicPartitionMetadata(batch.topic);
        leaderOf = new Map(metadata.map(({ partitionId, leader }) => [partitionId, leader]));
        leaders.set(batch.topic, leaderOf);
      }
      const leader = leaderOf.get(batch.partition) ?? -1;
      if (leader < 0) continue;
      const group = byLeader.get(leader);
      if (group === undefined) byLeader.set(leader, [batch]);
      else group.push(batch);
    }
    return byLeader;
  }

  async #sendTo(leader: number, batches: readonly InFlight[], problems: Error[]): Promise<void> {
    const broker = await this.#cluster.findBroker({ nodeId: leader });
    const frame = encodeProduceRequest(batches, this.#kafka.connection.clientId, ACK_TIMEOUT_MS, (bytes) =>
      this.#frame(bytes),
    );
    const startedAt = performance.now();
    const before = new Map(batches.map((batch) => [batch, batch.maybeTaken]));
    const { payload, throttle } = await orCut(
      this.#cluster,
      broker,
      sendFrame(broker, REQUEST_CONNECTION, { ...PRODUCE, frame }, () => {
        for (const batch of batches) {
          batch.maybeTaken = true;
          batch.attempts++;
        }
      }),
    );
    const { results, throttleMs } = decodeProduceResponse(payload);
    throttle(throttleMs);
    this.#spareFrame = frame;
    const pending = new Map(batches.map((batch) => [`${batch.topic}/${batch.partition}`, batch]));
    let records = 0;
    for (const { topic, partition, errorCode } of results) {
      const batch = pending.get(`${topic}/${partition}`);
      if (batch === undefined) continue;
      const problem = this.#settle(batch, errorCode, before.get(batch) === true);
      if (problem === undefined) records += batch.records.length;
      else problems.push(problem);
    }
    this.#forgetSettled();
    if (records > 0) this.#onSend?.({ records, bytes: frame.length, elapsedMs: performance.now() - startedAt });
  }

  /** Applies one partition's answer. Returns the problem that makes another attempt necessary. */
  #settle(batch: InFlight, errorCode: number, maybeTakenBefore: boolean): Error | undefined {
    const { records, topic, partition } = batch;
    if (errorCode === 0 || (errorCode === ERROR.duplicateSequence && maybeTakenBefore)) {
      this.#inFlight = this.#inFlight.filter((other) => other !== batch);
      this.#sequences.set(`${topic}/${partition}`, (batch.firstSequence + records.length) % SEQUENCE_MODULUS);
      for (const entry of records) {
        this.#release(entry);
        entry.delivery.acknowledge();
      }
      return undefined;
    }
    const error = createErrorFromCode(errorCode);
    switch (errorCode) {
      case ERROR.requestTimedOut:
      case ERROR.notEnoughReplicasAfterAppend:
        return error;
      case ERROR.outOfOrderSequence:
      case ERROR.duplicateSequence:
      case ERROR.invalidProducerEpoch:
      case ERROR.unknownProducerId:
        // The broker's memory of this producer is not ours, for example after it lost records that it had acknowledged.
        this.#kafka.logger('warn', 'Kafka lost track of the producer; a new producer id is taken.', {
          topic,
          partition,
          error: error.message,
        });
        this.#sequencesUnknown = true;
        this.#putBack(batch, false);
        return error;
      case ERROR.messageTooLarge:
      case ERROR.recordListTooLarge:
        batch.maybeTaken = maybeTakenBefore;
        if (records.length === 1) {
          this.#reject(batch, error);
          return undefined;
        }
        this.#batchLimits.set(topic, Math.floor(records.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0) / 2));
        this.#putBack(batch, false);
        return error;
      case ERROR.topicAuthorizationFailed:
      case ERROR.clusterAuthorizationFailed:
        batch.maybeTaken = maybeTakenBefore;
        this.#reject(batch, error);
        return undefined;
      default:
        batch.maybeTaken = maybeTakenBefore;
        if (error.retriable) return error;
        if (records.length === 1) {
          this.#reject(batch, error);
          return undefined;
        }
        this.#putBack(batch, true);
        return error;
    }
  }

  #reject(batch: InFlight, cause: Error): void {
    this.#leaveSequence(batch);
    for (const entry of batch.records) {
      this.#release(entry);
      entry.delivery.fail(new RecordRejected(batch.topic, batch.partition, cause.message, cause));
    }
  }

  #putBack(batch: InFlight, alone: boolean): void {
    this.#leaveSequence(batch);
    for (const entry of batch.records) {
      if (alone) entry.alone = true;
      this.#unsent++;
      this.#unsentBytes += entry.bodyBytes + ENTRY_OVERHEAD;
    }
    this.#waitingOf(batch.topic, batch.partition).putBack(batch.records);
  }

  #leaveSequence(batch: InFlight): void {
    this.#inFlight = this.#inFlight.filter((other) => other !== batch);
    if (batch.maybeTaken) this.#sequencesUnknown = true;
  }

  /** Gives up batches of which every caller has been told that Kafka is away. */
  #dropAbandoned(): void {
    for (const batch of this.#inFlight) {
      if (!batch.records.every(({ delivery }) => delivery.settled)) continue;
      this.#leaveSequence(batch);
      for (const entry of batch.records) this.#release(entry);
    }
    this.#discardSettled();
  }

  *#queues(): Generator<Fifo<Entry>> {
    yield this.#arrived;
    for (const partitions of this.#waiting.values()) yield* partitions.values();
  }

  #discardSettled(): void {
    for (const queue of this.#queues()) {
      for (let entry = queue.first; entry?.delivery.settled === true; entry = queue.first) {
        queue.shift();
        this.#discard(entry);
      }
    }
  }

  /** Forgets a record that was not sent and whose caller knows. */
  #discard(entry: Entry): void {
    this.#unsent--;
    this.#unsentBytes -= entry.bodyBytes + ENTRY_OVERHEAD;
    this.#release(entry);
  }

  #release(entry: Entry): void {
    this.#bufferedBytes -= entry.bodyBytes + ENTRY_OVERHEAD;
  }

  #frame(bytes: number): Buffer {
    const spare = this.#spareFrame;
    this.#spareFrame = undefined;
    return spare !== undefined && spare.buffer.byteLength >= bytes
      ? Buffer.from(spare.buffer)
      : Buffer.allocUnsafeSlow(Math.ceil(bytes * 1.25));
  }

  #scheduleExpiry(): void {
    const oldest = this.#deliveries.first;
    if (this.#expiryTimer !== undefined || oldest === undefined) return;
    this.#expiryTimer = setTimeout(() => this.#expire(), Math.max(1, oldest.deadline - performance.now()));
    this.#expiryTimer.unref();
  }

  #expire(): void {
    this.#expiryTimer = undefined;
    const at = performance.now();
    this.#forgetSettled();
    for (let oldest = this.#deliveries.first; oldest !== undefined && oldest.deadline <= at;) {
      oldest.fail(this.#unavailable());
      this.#deliveries.shift();
      oldest = this.#deliveries.first;
    }
    this.#discardSettled();
    this.#scheduleExpiry();
  }

  #forgetSettled(): void {
    while (this.#deliveries.first?.settled === true) this.#deliveries.shift();
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
    for (const { records } of this.#inFlight) for (const { delivery } of records) delivery.fail(error);
    for (const queue of this.#queues()) {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) entry.delivery.fail(error);
    }
  }
}
