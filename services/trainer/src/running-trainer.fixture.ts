import { createHash } from 'node:crypto';
import { ConsoleLogger } from '@nestjs/common';
import {
  itemKey,
  itemVectorsSchema,
  pictureHeaders,
  STATE_HEADERS,
  TOPIC_NAMES,
  topicOnBroker,
  type ItemId,
  type ItemVectors,
  type KafkaHeaders,
  type TenantId,
  type TopicName,
} from '@offerstream/contracts';
import { createInference, readConfig as readInferenceConfig } from '@offerstream/inference';
import { freePort } from '@offerstream/infra';
import { BatchingProducer, createKafka, ensureTopics, readAll } from '@offerstream/kafka';
import { FaultPoints, Health, type ServiceRuntime } from '@offerstream/service-kit';
import { kafkaBrokers, tempFolder, uniqueTopicNaming } from '@offerstream/testing';
import { Registry } from 'prom-client';
import { readConfig } from './config.js';
import { createTrainer } from './trainer-service.js';

export const SHOP = 'shop' as TenantId;

class Warnings extends ConsoleLogger {
  readonly messages: string[] = [];

  constructor() {
    super({ logLevels: ['fatal', 'error'] });
  }

  override warn(message: string): void {
    this.messages.push(message);
  }
}

const runtimeOf = (logger: ServiceRuntime['logger']): ServiceRuntime & { readonly stop: () => void } => {
  const stopping = new AbortController();
  return {
    logger,
    metrics: new Registry(),
    health: new Health(),
    faults: new FaultPoints(''),
    stopping: stopping.signal,
    stop: () => stopping.abort(new Error('stopped')),
  };
};

/** Real topics and a real inference on a model repository of its own, and trainers beside them. */
export const startSurroundings = async () => {
  const naming = uniqueTopicNaming();
  const brokers = await kafkaBrokers();
  const repository = await tempFolder();
  const kafka = createKafka({ brokers, clientId: 'trainer-spec', naming });
  await ensureTopics(kafka, TOPIC_NAMES, { replicationFactor: 1 });
  const producer = new BatchingProducer(kafka);
  const port = await freePort();
  const inference = await createInference(
    readInferenceConfig({
      ADMIN_PORT: '0',
      GRPC_PORT: String(port),
      MODELS_DIR: repository,
      WORKERS: '1',
      PROVIDERS: 'cpu',
    }),
    runtimeOf(new Warnings()),
  );
  await inference.listen();

  const trainerEnv = {
    ADMIN_PORT: '0',
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: naming.prefix,
    TOPIC_SUFFIX: naming.suffix,
    INFERENCE_ADDRESS: `127.0.0.1:${port}`,
    MODELS_DIR: repository,
  };

  const put = (topic: TopicName, key: string, value: Buffer | string | null, headers: KafkaHeaders = STATE_HEADERS) =>
    producer.append({ topic: topicOnBroker(topic, naming), key, value, headers });

  return {
    repository,
    put,
    putPicture: (item: string, value: Buffer | null, tenant = SHOP): Promise<void> => {
      const sha256 = createHash('sha256')
        .update(value ?? '')
        .digest('hex');
      return put('pictures', itemKey(tenant, item as ItemId), value, pictureHeaders(sha256));
    },
    /** By key, what the topic says; null for what it says is gone. */
    vectors: async (): Promise<ReadonlyMap<string, ItemVectors | null>> =>
      new Map(
        (await readAll(kafka, topicOnBroker('item-vectors', naming))).map(({ key, value }) => [
          String(key),
          value === null ? null : itemVectorsSchema.parse(JSON.parse(value.toString())),
        ]),
      ),
    /** Records that were ever written. */
    written: async (topic: TopicName): Promise<number> => (await readAll(kafka, topicOnBroker(topic, naming))).length,
    inferenceAddress: `127.0.0.1:${port}`,
    trainerEnv,
    startTrainer: async (env: Readonly<Record<string, string>> = {}) => {
      const logger = new Warnings();
      const runtime = runtimeOf(logger);
      const trainer = createTrainer(readConfig({ ...trainerEnv, ...env }), runtime);
      await trainer.listen();
      return {
        warnings: logger.messages,
        health: runtime.health,
        metric: async (name: string, labels = ''): Promise<number> => {
          const line = new RegExp(`^${name}${labels === '' ? '' : `{${labels}}`} (.+)$`, 'm');
          return Number(line.exec(await runtime.metrics.metrics())?.[1]);
        },
        stop: async (): Promise<void> => {
          runtime.stop();
          await trainer.close();
        },
      };
    },
    stop: async (): Promise<void> => {
      await inference.close();
      await producer.disconnect();
    },
  };
};

export type Surroundings = Awaited<ReturnType<typeof startSurroundings>>;
export type RunningTrainer = Awaited<ReturnType<Surroundings['startTrainer']>>;

/** Asks again and again; how long is for Jest to say. */
export const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
};
