import { DEFAULT_TOPIC_NAMING } from '@offerstream/contracts';
import type { Kafka } from '../connection.js';
import { MemberAssignment, type Broker, type Cluster, type PartitionMetadata } from '../kafkajs-internals.js';

/** One broker that coordinates a group of one topic; no records can be read from it or sent to it. */
export class FakeCluster implements Cluster {
  readonly brokerPool = { seedBroker: undefined, brokers: {} };
  /** How many partitions the topic has; a client knows it from its last refresh. */
  partitions = 1;
  /** The members of the group besides the one that joins by this cluster. */
  otherMembers: readonly string[] = [];
  leader = 'own';
  /** What was dealt to each member: by this cluster's member, or set for one whose group another one leads. */
  dealt: ReadonlyMap<string, Buffer> = new Map();
  joins = 0;
  /** What reaching the broker fails with. */
  absence: Error | undefined;
  /** What asking for a producer's id answers. */
  producerId: () => Promise<{ producerId: string; producerEpoch: number }> = () =>
    Promise.resolve({ producerId: '1', producerEpoch: 0 });
  onSync: () => Promise<unknown> = () => Promise.resolve();
  #known = 0;

  readonly #broker: Partial<Broker> = {
    nodeId: 0,
    connectionPool: { host: 'fake', port: 0, pool: [], getConnection: () => Promise.reject(new Error('no socket')) },
    isConnected: () => true,
    initProducerId: () => this.producerId(),
    joinGroup: () => {
      this.joins++;
      const members = ['own', ...this.otherMembers].map((memberId) => ({ memberId }));
      return Promise.resolve({
        generationId: this.joins,
        leaderId: this.leader,
        memberId: 'own',
        members: this.leader === 'own' ? members : [],
      });
    },
    syncGroup: async ({ groupAssignment }) => {
      await this.onSync();
      if (groupAssignment.length > 0) {
        this.dealt = new Map(groupAssignment.map(({ memberId, memberAssignment }) => [memberId, memberAssignment]));
      }
      return { memberAssignment: this.dealt.get('own') ?? MemberAssignment.encode({ version: 0, assignment: {} }) };
    },
    heartbeat: () => Promise.resolve(),
    leaveGroup: () => Promise.resolve(),
    offsetFetch: ({ topics }) =>
      Promise.resolve({
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => ({ partition, offset: '-1' })),
        })),
      }),
  };

  connect(): Promise<void> {
    return this.absence === undefined ? Promise.resolve() : Promise.reject(this.absence);
  }

  isConnected(): boolean {
    return this.absence === undefined;
  }

  refreshMetadata(): Promise<void> {
    this.#known = this.partitions;
    return Promise.resolve();
  }

  refreshMetadataIfNecessary(): Promise<void> {
    return this.refreshMetadata();
  }

  addMultipleTargetTopics(): Promise<void> {
    return Promise.resolve();
  }

  findTopicPartitionMetadata(): readonly PartitionMetadata[] {
    return Array.from({ length: this.#known }, (_, partitionId) => ({ partitionId, leader: -1 }));
  }

  findBroker(): Promise<Broker> {
    return Promise.resolve(this.#broker as Broker);
  }

  findControllerBroker(): Promise<Broker> {
    return this.findBroker();
  }

  findGroupCoordinator(): Promise<Broker> {
    return this.findBroker();
  }

  removeBroker(): void {
    // It has no connections.
  }

  fetchTopicsOffset(topics: Parameters<Cluster['fetchTopicsOffset']>[0]): ReturnType<Cluster['fetchTopicsOffset']> {
    return Promise.resolve(
      topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, offset: '0' })),
      })),
    );
  }
}

/** Access to one fake cluster. */
export const fakeKafka = (cluster: FakeCluster): Kafka => ({
  connection: { brokers: ['fake:0'], clientId: 'spec', naming: DEFAULT_TOPIC_NAMING },
  logger: () => undefined,
  cluster: () => cluster,
  withAdmin: () => Promise.reject(new Error('There is no admin.')),
});
