import type { Kafka } from './connection.js';
import { KafkaError, RecordRejected } from './errors.js';
import { orCut, REQUEST_CONNECTION, sendFrame } from './kafkajs-internals.js';
import { produceOutcome } from './produce-outcome.js';
import { decodeProduceResponse, encodeProduceRequest, PRODUCE, type ProduceBatch } from './produce-request.js';
import type { ProducerIdentity } from './producer-identity.js';
import type { ProducerMetadata } from './producer-metadata.js';
import type { QueuedRecord, RecordQueues } from './record-queues.js';

/** A batch that was given its place in the partition's sequence and keeps it until its fate is known. */
interface InFlightBatch extends ProduceBatch {
  readonly records: readonly QueuedRecord[];
  /** It went to a socket and no answer told that it was not taken. */
  maybeTaken: boolean;
}

export interface BatchesInFlightOptions {
  readonly kafka: Kafka;
  readonly metadata: ProducerMetadata;
  readonly identity: ProducerIdentity;
  /** Where batches come from, and go back to when they have to be cut anew. */
  readonly queues: RecordQueues;
  /** Called with each record that is acknowledged, refused or given up, before its caller is told. */
  readonly onDone: (record: QueuedRecord) => void;
}

const ACK_TIMEOUT_MS = 10_000;

/** The batches of the one outstanding send, at most one a partition, from cutting to their fate. */
export class BatchesInFlight {
  #batches: readonly InFlightBatch[] = [];
  #spareFrame: Buffer | undefined;

  constructor(private readonly options: BatchesInFlightOptions) {}

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Takes what is queued, each batch with its place in the partition's sequence; to be called when empty. */
  take(): void {
    const { queues, identity } = this.options;
    const timestamp = Date.now();
    this.#batches = queues.cut().map((batch) => ({ ...batch, ...identity.next(batch), timestamp, maybeTaken: false }));
  }

  /** One send: to every leader concerned at once. Returns when all have answered; throws when something is left to retry. */
  async send(): Promise<void> {
    const { metadata } = this.options;
    this.dropAbandoned();
    await metadata.refresh(this.#batches.map(({ topic }) => topic));
    const byLeader = metadata.byLeader(this.#batches);
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
    if (this.#batches.some((batch) => !routed.has(batch))) {
      problems.push(new KafkaError('KAFKA_UNAVAILABLE', true, 'A partition has no leader.'));
    }
    if (problems.length === 0) return;
    metadata.markStale();
    throw problems[0] as Error;
  }

  /** Gives up what every caller has been told of that Kafka is away. */
  dropAbandoned(): void {
    for (const batch of this.#batches) {
      if (!batch.records.every(({ delivery }) => delivery.settled)) continue;
      this.#leaveSequence(batch);
      for (const record of batch.records) this.options.onDone(record);
    }
    this.options.queues.discardSettled();
  }

  failAll(error: Error): void {
    for (const { records } of this.#batches) for (const { delivery } of records) delivery.fail(error);
  }

  async #sendTo(leader: number, batches: readonly InFlightBatch[], problems: Error[]): Promise<void> {
    const { kafka, metadata } = this.options;
    const { cluster } = metadata;
    const broker = await cluster.findBroker({ nodeId: leader });
    const frame = encodeProduceRequest(batches, kafka.connection.clientId, ACK_TIMEOUT_MS, (bytes) =>
      this.#frame(bytes),
    );
    const before = new Map(batches.map((batch) => [batch, batch.maybeTaken]));
    const { payload, throttle } = await orCut(
      cluster,
      broker,
      sendFrame(broker, REQUEST_CONNECTION, { ...PRODUCE, frame }, () => {
        for (const batch of batches) batch.maybeTaken = true;
      }),
    );
    const { results, throttleMs } = decodeProduceResponse(payload);
    throttle(throttleMs);
    this.#spareFrame = frame;
    const pending = new Map(batches.map((batch) => [`${batch.topic}/${batch.partition}`, batch]));
    for (const { topic, partition, errorCode } of results) {
      const batch = pending.get(`${topic}/${partition}`);
      if (batch === undefined) continue;
      const problem = this.#settle(batch, errorCode, before.get(batch) === true);
      if (problem !== undefined) problems.push(problem);
    }
  }

  /** Applies one partition's answer. Returns the problem that makes another attempt necessary. */
  #settle(batch: InFlightBatch, errorCode: number, maybeTakenBefore: boolean): Error | undefined {
    const { kafka, identity, queues, onDone } = this.options;
    const { records, topic, partition } = batch;
    const outcome = produceOutcome(errorCode, maybeTakenBefore);
    switch (outcome.kind) {
      case 'taken':
        this.#remove(batch);
        identity.advance(batch);
        for (const record of records) {
          onDone(record);
          record.delivery.acknowledge();
        }
        return undefined;
      case 'unsure':
        return outcome.error;
      case 'later':
        batch.maybeTaken = maybeTakenBefore;
        return outcome.error;
      case 'sequence-lost':
        kafka.logger('warn', 'Kafka lost track of the producer; a new producer id is taken.', {
          topic,
          partition,
          error: outcome.error.message,
        });
        identity.forget();
        this.#putBack(batch);
        return outcome.error;
      case 'forbidden':
        batch.maybeTaken = maybeTakenBefore;
        this.#reject(batch, outcome.error);
        return undefined;
      case 'too-large':
      case 'faulty':
        batch.maybeTaken = maybeTakenBefore;
        if (records.length === 1) {
          this.#reject(batch, outcome.error);
          return undefined;
        }
        if (outcome.kind === 'too-large') queues.halveBatches(batch);
        else for (const record of records) record.alone = true;
        this.#putBack(batch);
        return outcome.error;
    }
  }

  #reject(batch: InFlightBatch, cause: Error): void {
    this.#leaveSequence(batch);
    for (const record of batch.records) {
      this.options.onDone(record);
      record.delivery.fail(new RecordRejected(batch.topic, batch.partition, cause.message, cause));
    }
  }

  #putBack(batch: InFlightBatch): void {
    this.#leaveSequence(batch);
    this.options.queues.putBack(batch);
  }

  #leaveSequence(batch: InFlightBatch): void {
    this.#remove(batch);
    if (batch.maybeTaken) this.options.identity.forget();
  }

  #remove(batch: InFlightBatch): void {
    this.#batches = this.#batches.filter((other) => other !== batch);
  }

  #frame(bytes: number): Buffer {
    const spare = this.#spareFrame;
    this.#spareFrame = undefined;
    return spare !== undefined && spare.buffer.byteLength >= bytes
      ? Buffer.from(spare.buffer)
      : Buffer.allocUnsafeSlow(Math.ceil(bytes * 1.25));
  }
}
