import type { Kafka } from './connection.js';
import { KafkaError } from './errors.js';
import { closeCluster, type Cluster } from './kafkajs-internals.js';

/** For how long a topic that is missing is not asked for again. */
const MISSING_FOR_MS = 500;

/** A producer's connections, and what it knows through them of topics and leaders. */
export class ProducerMetadata {
  #cluster: Cluster;
  #isStale = false;
  #knowsTooMuch = false;
  readonly #missingUntil = new Map<string, number>();

  constructor(private readonly kafka: Kafka) {
    this.#cluster = kafka.cluster();
  }

  get cluster(): Cluster {
    return this.#cluster;
  }

  async ensureConnected(): Promise<void> {
    if (this.#knowsTooMuch) this.#startAfresh();
    if (!this.#cluster.isConnected()) await this.#cluster.connect();
  }

  /** A send failed: the next {@link refresh} asks anew. */
  markStale(): void {
    this.#isStale = true;
  }

  /** Brings the metadata of these topics up to date, after a failure and for topics not yet asked for. */
  async refresh(topics: readonly string[]): Promise<void> {
    if (this.#isStale) {
      this.#isStale = false;
      try {
        await this.#cluster.refreshMetadata();
      } catch (error) {
        this.#startAfresh();
        throw error;
      }
    }
    await this.#askFor(topics);
  }

  /** @throws {KafkaError} `TOPIC_MISSING` */
  async partitionCount(topic: string): Promise<number> {
    const missing = new KafkaError('TOPIC_MISSING', true, `Topic ${topic} does not exist; create it.`);
    if ((this.#missingUntil.get(topic) ?? 0) > performance.now()) throw missing;
    try {
      await this.#askFor([topic]);
      const count = this.#cluster.findTopicPartitionMetadata(topic).length;
      if (count === 0) throw missing;
      return count;
    } catch (error) {
      this.#missingUntil.set(topic, performance.now() + MISSING_FOR_MS);
      // Between two sends, so not here.
      this.#knowsTooMuch = true;
      throw error;
    }
  }

  /** The batches by the node id of their partition's leader; those without one are left out. */
  byLeader<Batch extends { readonly topic: string; readonly partition: number }>(
    batches: readonly Batch[],
  ): ReadonlyMap<number, readonly Batch[]> {
    const leaders = new Map<string, ReadonlyMap<number, number>>();
    const byLeader = new Map<number, Batch[]>();
    for (const batch of batches) {
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

  close(): void {
    closeCluster(this.#cluster);
  }

  /** A topic that was deleted makes every question fail, also the ones about others: only what is needed is asked for again. */
  #startAfresh(): void {
    closeCluster(this.#cluster);
    this.#cluster = this.kafka.cluster();
    this.#knowsTooMuch = false;
  }

  async #askFor(topics: readonly string[]): Promise<void> {
    await this.#cluster.addMultipleTargetTopics(topics);
    // kafkajs remembers a topic for which it could not ask while Kafka was away, and would not ask for it again.
    await this.#cluster.refreshMetadataIfNecessary();
  }
}
