import {
  itemVectorsSchema,
  pictureHeadersSchema,
  topicOnBroker,
  type ItemId,
  type TenantId,
  type TopicName,
} from '@offerstream/contracts';
import { InferenceClient } from '@offerstream/inference-client';
import { BatchingProducer, readRecord, type FollowedTable, type RawRecord } from '@offerstream/kafka';
import {
  kafkaFrom,
  TableFollower,
  topicsWhenKafkaAnswers,
  type ServiceApplication,
  type ServiceDefinition,
  type ServiceRuntime,
} from '@offerstream/service-kit';
import { readConfig, type TrainerConfig } from './config.js';
import { ItemRecords, type RecordPlace } from './item-records.js';
import { ServedVersions } from './served-versions.js';
import { TrainerMetrics } from './trainer-metrics.js';
import { PictureVectors } from './vectors/picture-vectors.js';
import type { KindName, VectorOrigins } from './vectors/vector-kind.js';
import type { VectorRecord } from './vectors/vector-lane.js';
import { VectorMaker } from './vectors/vector-maker.js';

const TOPICS: readonly TopicName[] = ['pictures', 'item-vectors'];

/** Catalog, pictures and models in; vectors of items out. */
export const createTrainer = (config: TrainerConfig, runtime: ServiceRuntime): ServiceApplication => {
  const { logger, health, stopping } = runtime;
  const metrics = new TrainerMetrics(runtime.metrics);
  const kafka = kafkaFrom(config.kafka, 'trainer', logger);
  const topicName = (topic: TopicName): string => topicOnBroker(topic, config.kafka.naming);
  const producer = new BatchingProducer(kafka, { deliveryTimeoutMs: Infinity });
  const inference = new InferenceClient(config.inferenceAddress);
  const nowMs = (): number => performance.now();
  const versions = new ServedVersions({ repository: config.modelsFolder, inference, nowMs });

  const readFrom =
    (topic: TopicName) =>
    ({ partition, offset }: RecordPlace) =>
      readRecord(kafka, topicName(topic), partition, offset);
  const noteChange =
    (...kinds: readonly KindName[]) =>
    (tenant: TenantId, item: ItemId): void => {
      for (const kind of kinds) maker.note(kind, tenant, item);
    };
  const pictures = new ItemRecords<string>({
    noteOf: (_value, record) => sha256Of(record),
    read: readFrom('pictures'),
    onChanged: noteChange('image'),
  });
  const vectors = new ItemRecords<VectorOrigins>({
    noteOf: originsOf,
    read: readFrom('item-vectors'),
    onChanged: noteChange('image'),
  });
  const publish = async (records: readonly VectorRecord[]): Promise<void> => {
    await Promise.all(records.map((record) => producer.append({ topic: topicName('item-vectors'), ...record })));
    await followedVectors?.catchUp();
  };
  const maker: VectorMaker = new VectorMaker({
    kinds: [new PictureVectors({ pictures, versions, inference })],
    vectors,
    publish,
    metrics,
    warn: (message) => void logger.warn(message, 'vectors'),
    nowMs,
  });
  metrics.watchWaiting((kind) => maker.waiting(kind));

  let followed: readonly FollowedTable[] = [];
  let followedVectors: FollowedTable | undefined;
  let working: Promise<void> = Promise.resolve();
  let areKnown = false;
  health.addReadiness('tables', () => ({
    ok: areKnown,
    reason: areKnown ? 'known' : 'pictures and item-vectors are being read',
  }));

  const getReady = async (): Promise<void> => {
    try {
      await topicsWhenKafkaAnswers(kafka, TOPICS, config.kafka, logger, stopping);
    } catch (error) {
      if (stopping.aborted) return;
      throw error;
    }
    const follower = new TableFollower({ kafka, naming: config.kafka.naming, logger, metrics: runtime.metrics });
    followedVectors = follower.follow('item-vectors', (key, value, record) => vectors.put(key, value, record));
    followed = [followedVectors, follower.follow('pictures', (key, value, record) => pictures.put(key, value, record))];
    await Promise.all(followed.map((table) => table.caughtUp));
    areKnown = true;
    working = maker.run();
  };

  return {
    listen() {
      // Neither is waited for: nobody waits for what is made here.
      void producer.connect();
      void getReady();
      return Promise.resolve();
    },
    async close() {
      maker.stop();
      await Promise.all(followed.map((table) => table.close()));
      await producer.disconnect();
      await working;
      inference.close();
    },
  };
};

const sha256Of = ({ headers }: RawRecord): string =>
  pictureHeadersSchema.parse(Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])))
    .sha256;

const originsOf = (value: Buffer): VectorOrigins => {
  const { text, image } = itemVectorsSchema.parse(JSON.parse(value.toString()));
  return { ...(text && { text: originOf(text) }), ...(image && { image: originOf(image) }) };
};

const originOf = ({ model, version, source }: NonNullable<VectorOrigins[KindName]>) => ({
  model,
  version,
  ...(source !== undefined && { source }),
});

export const trainerService: ServiceDefinition<TrainerConfig> = {
  name: 'trainer',
  readConfig,
  create: (config, runtime) => Promise.resolve(createTrainer(config, runtime)),
};
