import { orCut, type Cluster } from './kafkajs-internals.js';
import type { ProducerStamp } from './record-batch-encoder.js';

interface Sequenced {
  readonly topic: string;
  readonly partition: number;
}

// The request has the field; a producer without transactions has no use for it.
const UNUSED_TRANSACTION_TIMEOUT_MS = 60_000;
const SEQUENCE_MODULUS = 2 ** 31;

/**
 * The producer id under which the brokers know a producer, and where each partition's sequence stands: what they
 * recognise a repeated batch by.
 */
export class ProducerIdentity {
  #producer: { readonly id: bigint; readonly epoch: number } | undefined;
  readonly #sequences = new Map<string, number>();

  /** Takes an id from the broker where there is none; to be called when no batch is in flight. */
  async ensure(cluster: Cluster): Promise<void> {
    if (this.#producer !== undefined) return;
    await cluster.refreshMetadataIfNecessary();
    const broker = await cluster.findControllerBroker();
    const { producerId, producerEpoch } = await orCut(
      cluster,
      broker,
      broker.initProducerId({ transactionTimeout: UNUSED_TRANSACTION_TIMEOUT_MS }),
    );
    this.#producer = { id: BigInt(producerId), epoch: producerEpoch };
    this.#sequences.clear();
  }

  /** The place of the partition's next batch. */
  next({ topic, partition }: Sequenced): ProducerStamp {
    if (this.#producer === undefined) throw new TypeError('A producer id is taken before a batch.');
    const { id, epoch } = this.#producer;
    return {
      producerId: id,
      producerEpoch: epoch,
      firstSequence: this.#sequences.get(`${topic}/${partition}`) ?? 0,
    };
  }

  /** The broker has the batch. */
  advance({
    topic,
    partition,
    firstSequence,
    records,
  }: Sequenced & ProducerStamp & { records: readonly unknown[] }): void {
    this.#sequences.set(`${topic}/${partition}`, (firstSequence + records.length) % SEQUENCE_MODULUS);
  }

  /** A sequence stands at an unknown place: another id is needed. */
  forget(): void {
    this.#producer = undefined;
  }
}
