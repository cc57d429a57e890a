import { topicOnBroker, TOPICS, type TopicName } from '@offerstream/contracts';
import kafkajs from 'kafkajs';
import type { Kafka } from './connection.js';
import { KafkaError, protocolErrorOf } from './errors.js';

export interface EnsureTopicsOptions {
  /** Default: the brokers' own (`default.replication.factor`). */
  readonly replicationFactor?: number | undefined;
  /** Told when a topic is kept so that an acknowledged record can be lost; default: the connection's logger. */
  readonly onWarning?: (warning: string) => void;
}

const SAFE_REPLICATION = 3;
const SAFE_IN_SYNC = 2;
const READY_TIMEOUT_MS = 60_000;
const READY_CHECK_MS = 50;

/**
 * Creates the named topics with the settings of the topic table where they are missing; several processes may do so at
 * once. Existing topics stay as they are. Warns where the promise that nothing acknowledged is lost is weaker than with
 * three replicas of which two are in sync.
 */
export const ensureTopics = async (
  kafka: Kafka,
  names: readonly TopicName[],
  { replicationFactor = -1, onWarning = (warning) => kafka.logger('warn', warning, {}) }: EnsureTopicsOptions = {},
): Promise<void> => {
  const topics = new Map(names.map((name) => [topicOnBroker(name, kafka.connection.naming), TOPICS[name]]));
  await kafka.withAdmin(async (admin) => {
    const existing = new Set(await admin.listTopics());
    for (const [topic, { partitions, config }] of topics) {
      if (existing.has(topic)) continue;
      try {
        await admin.createTopics({
          waitForLeaders: false,
          topics: [
            {
              topic,
              numPartitions: partitions,
              replicationFactor,
              configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
            },
          ],
        });
      } catch (error) {
        if (!alreadyExists(error)) throw error;
      }
    }
    const deadline = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const replicas = await replicasOf(admin, [...topics.keys()]);
      if (replicas !== undefined) {
        for (const [topic, replication] of replicas) {
          const inSync = await minInSync(admin, topic);
          if (replication >= SAFE_REPLICATION && inSync >= SAFE_IN_SYNC) continue;
          onWarning(
            `Topic ${topic} has ${replication} replica(s) and min.insync.replicas ${inSync}: the loss of one broker's ` +
              `disk can lose acknowledged records. Use ${SAFE_REPLICATION} replicas and ${SAFE_IN_SYNC} in sync.`,
          );
        }
        return;
      }
      if (performance.now() > deadline) {
        throw new KafkaError(
          'TOPIC_MISSING',
          true,
          `Topics ${[...topics.keys()].join(', ')} did not become ready in time.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, READY_CHECK_MS));
    }
  });
};

type Admin = Parameters<Parameters<Kafka['withAdmin']>[0]>[0];

const alreadyExists = (error: unknown): boolean => {
  if (protocolErrorOf(error) === 'TOPIC_ALREADY_EXISTS') return true;
  const errors: unknown = error instanceof Error ? Reflect.get(error, 'errors') : undefined;
  return Array.isArray(errors) && errors.length > 0 && errors.every(alreadyExists);
};

/** The least number of replicas of each topic; undefined while a partition has no leader. */
const replicasOf = async (admin: Admin, topics: string[]): Promise<ReadonlyMap<string, number> | undefined> => {
  try {
    const metadata = await admin.fetchTopicMetadata({ topics });
    const partitions = metadata.topics.flatMap((topic) => topic.partitions);
    if (partitions.some(({ leader }) => leader < 0)) return undefined;
    return new Map(
      metadata.topics.map(({ name, partitions: own }) => [
        name,
        Math.min(...own.map(({ replicas }) => replicas.length)),
      ]),
    );
  } catch (error) {
    const type = protocolErrorOf(error);
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE') return undefined;
    throw error;
  }
};

const minInSync = async (admin: Admin, topic: string): Promise<number> => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['min.insync.replicas'] }],
  });
  return Number(resources[0]?.configEntries[0]?.configValue ?? 1);
};

/** How many partitions each of these topics (names on the broker) has. */
export const partitionCounts = async (
  kafka: Kafka,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const metadata = await kafka.withAdmin((admin) => admin.fetchTopicMetadata({ topics: [...topics] }));
  return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
};

export interface LogBounds {
  /** Offset of the oldest record that the log may have. */
  readonly begin: number;
  /** Offset of the next record. */
  readonly end: number;
}

/** Where the log of each partition of a topic (name on the broker) begins and ends. */
export const logBounds = async (kafka: Kafka, topic: string): Promise<ReadonlyMap<number, LogBounds>> => {
  const offsets = await kafka.withAdmin((admin) => admin.fetchTopicOffsets(topic));
  return new Map(offsets.map(({ partition, low, high }) => [partition, { begin: Number(low), end: Number(high) }]));
};

/** The offset after the last record of each partition of a topic (name on the broker). */
export const endOffsets = async (kafka: Kafka, topic: string): Promise<ReadonlyMap<number, number>> =>
  new Map([...(await logBounds(kafka, topic))].map(([partition, { end }]) => [partition, end]));

export interface PartitionLag {
  /** Undefined where the group has committed nothing. */
  readonly committed: number | undefined;
  readonly end: number;
  /** Records between the two; without a commit, all that the log still has. */
  readonly lag: number;
}

/** How far a group's commits are behind the end of a topic (name on the broker), by partition. */
export const groupLag = async (
  kafka: Kafka,
  groupId: string,
  topic: string,
): Promise<ReadonlyMap<number, PartitionLag>> =>
  kafka.withAdmin(async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    const [group] = await committedOffsets(admin, groupId, topic);
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return new Map(
      ends.map(({ partition, high, low }) => {
        const offset = committed.get(partition) ?? -1;
        const end = Number(high);
        const from = offset < 0 ? Number(low) : offset;
        return [partition, { committed: offset < 0 ? undefined : offset, end, lag: Math.max(0, end - from) }];
      }),
    );
  });

/** A broker that has only just made its offsets topic has no coordinator for a moment. */
const committedOffsets = async (
  admin: Admin,
  groupId: string,
  topic: string,
): Promise<Awaited<ReturnType<Admin['fetchOffsets']>>> => {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      return await admin.fetchOffsets({ groupId, topics: [topic] });
    } catch (error) {
      const noCoordinator = ['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'GROUP_LOAD_IN_PROGRESS'];
      if (!noCoordinator.includes(protocolErrorOf(error) ?? '') || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, READY_CHECK_MS));
    }
  }
};

/** Deletes topics (names on the broker) with all their records; missing ones are fine. */
export const deleteTopics = async (kafka: Kafka, topics: readonly string[]): Promise<void> => {
  await kafka.withAdmin(async (admin) => {
    const existing = new Set(await admin.listTopics());
    const present = topics.filter((topic) => existing.has(topic));
    if (present.length > 0) await admin.deleteTopics({ topics: present });
  });
};
