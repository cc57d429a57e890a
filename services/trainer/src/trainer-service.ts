import { topicOnBroker } from '@offerstream/contracts';
import { InferenceClient } from '@offerstream/inference-client';
import { BatchingProducer } from '@offerstream/kafka';
import {
  ControlApi,
  kafkaFrom,
  TableFollower,
  type ServiceApplication,
  type ServiceDefinition,
  type ServiceRuntime,
} from '@offerstream/service-kit';
import { readConfig, type TrainerConfig } from './config.js';
import { ContentKeeper } from './content/content-keeper.js';
import { promoteExtension } from './content/promote-extension.js';
import { ServedVersions } from './served-versions.js';
import { TrainerMetrics } from './trainer-metrics.js';
import { TrainerTables } from './trainer-tables.js';
import { PictureVectors } from './vectors/picture-vectors.js';
import { TitleVectors } from './vectors/title-vectors.js';
import type { VectorKind } from './vectors/vector-kind.js';
import { VectorMaker } from './vectors/vector-maker.js';

/** Catalog, pictures and models in; vectors of items, and content models that know the new ones, out. */
export const createTrainer = (config: TrainerConfig, runtime: ServiceRuntime): ServiceApplication => {
  const { logger, health, faults, stopping } = runtime;
  const metrics = new TrainerMetrics(runtime.metrics);
  const kafka = kafkaFrom(config.kafka, 'trainer', logger);
  const producer = new BatchingProducer(kafka, { deliveryTimeoutMs: Infinity });
  const inference = new InferenceClient(config.inferenceAddress);
  const nowMs = (): number => performance.now();
  const warner =
    (context: string) =>
    (message: string): void =>
      void logger.warn(message, context);

  const tables = new TrainerTables(kafka, config.kafka, {
    onItem: (tenant, item) => {
      maker.note('text', tenant, item);
      keeper?.note(tenant, item);
    },
    onPicture: (tenant, item) => maker.note('image', tenant, item),
    onVectors: (tenant, item) => {
      maker.note('text', tenant, item);
      maker.note('image', tenant, item);
      keeper?.note(tenant, item);
    },
    onModel: () => keeper?.wake(),
  });
  const { catalog, models, pictures, vectors } = tables;
  const versions = new ServedVersions({ repository: config.modelsFolder, inference, nowMs });
  const kinds: readonly VectorKind[] = [
    new TitleVectors({ catalog, versions, inference }),
    new PictureVectors({ pictures, versions, inference }),
  ];
  const topic = topicOnBroker('item-vectors', config.kafka.naming);
  const maker = new VectorMaker({
    kinds,
    vectors,
    publish: async (records) => {
      faults.reach('vectors-before-publish');
      await Promise.all(records.map((record) => producer.append({ topic, ...record })));
      await tables.untilVectorsAreKnown();
    },
    metrics,
    warn: warner('vectors'),
    nowMs,
  });
  const control = config.control && new ControlApi(config.control);
  const keeper =
    control &&
    new ContentKeeper({
      repository: config.modelsFolder,
      catalog,
      models,
      vectors,
      kinds,
      inference,
      promote: async (extension) => {
        faults.reach('version-before-promotion');
        const isPromoted = await promoteExtension(control, extension);
        faults.reach('version-after-promotion');
        return isPromoted;
      },
      metrics,
      log: (message) => void logger.log(message, 'content'),
      warn: warner('content'),
      nowMs,
    });
  metrics.watchWaiting((kind) => maker.waiting(kind));
  metrics.watchLacking(() => keeper?.waiting() ?? 0);
  metrics.watchOutdated((kind) => keeper?.outdated(kind) ?? 0);
  health.addReadiness('tables', tables.condition);

  let working: Promise<unknown> = Promise.resolve();
  const getReady = async (): Promise<void> => {
    const follower = new TableFollower({ kafka, naming: config.kafka.naming, logger, metrics: runtime.metrics });
    try {
      await tables.follow(follower, logger, stopping);
    } catch (error) {
      if (stopping.aborted) return;
      throw error;
    }
    working = Promise.all([maker.run(), keeper?.run()]);
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
      keeper?.stop();
      await tables.close();
      await producer.disconnect();
      await working;
      inference.close();
    },
  };
};

export const trainerService: ServiceDefinition<TrainerConfig> = {
  name: 'trainer',
  readConfig,
  create: (config, runtime) => Promise.resolve(createTrainer(config, runtime)),
};
