import { randomUUID } from 'node:crypto';
import {
  ControlApi,
  kafkaFrom,
  KeyUses,
  TableFollower,
  type ServiceApplication,
  type ServiceDefinition,
  type ServiceRuntime,
} from '@offerstream/service-kit';
import { topicOnBroker } from '@offerstream/contracts';
import { BatchingProducer, type Kafka } from '@offerstream/kafka';
import { Collect } from './collect.js';
import { CollectorMetrics } from './collector-metrics.js';
import { readConfig, type CollectorConfig } from './config.js';
import { createHttpApplication } from './http-application.js';
import { KeysFromTopic } from './keys-from-topic.js';

/** Senders learn within 2 s that Kafka is away; this leaves room for the way there and back. */
const DELIVERY_TIMEOUT_MS = 1_500;

/** The producer whose acknowledgement a request waits for. */
export const createProducer = (kafka: Kafka, maxBufferedBytes: number): BatchingProducer =>
  new BatchingProducer(kafka, { maxBufferedBytes, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });

export interface Collector extends ServiceApplication {
  /** Where it listens, once `listen` has resolved. */
  url(): Promise<string>;
}

export const createCollector = async (config: CollectorConfig, runtime: ServiceRuntime): Promise<Collector> => {
  const { logger, health } = runtime;
  const kafka = kafkaFrom(config.kafka, 'collector', logger);
  const producer = createProducer(kafka, config.producerBufferBytes);
  const follower = new TableFollower({ kafka, naming: config.kafka.naming, logger, metrics: runtime.metrics });
  const uses =
    config.control === undefined
      ? undefined
      : new KeyUses({
          control: new ControlApi(config.control),
          onReportFailed: (error) => {
            logger.warn(`last uses wait: ${String(error)}`, 'keys');
          },
        });
  const keys = new KeysFromTopic({
    kafka,
    config: config.kafka,
    follower,
    logger,
    nowMs: Date.now,
    onUse: (tenant, keyId, atMs) => uses?.note(tenant, keyId, atMs),
  });
  health.addReadiness('kafka', () => {
    const { ready, reason } = producer.health();
    return { ok: ready, reason: reason ?? 'Kafka takes records' };
  });
  health.addReadiness('tenants', () => keys.condition());

  const metrics = new CollectorMetrics(runtime.metrics);
  const collect = new Collect({
    sink: producer,
    writeKeys: keys,
    topics: {
      clickstream: topicOnBroker('clickstream', config.kafka.naming),
      failed: topicOnBroker('clickstream-failed', config.kafka.naming),
    },
    metrics,
    now: Date.now,
    newMessageId: randomUUID,
  });
  const http = await createHttpApplication(collect, metrics, logger);

  return {
    async listen() {
      // Neither is waited for: until Kafka and the keys are there, requests are answered 503.
      void producer.connect();
      keys.start();
      uses?.start();
      await http.listen(config.http.port, config.http.host);
      logger.log(`takes events at ${await http.getUrl()}`, 'collector');
    },
    async close() {
      await http.close();
      await producer.disconnect();
      await uses?.close();
      await keys.close();
    },
    url: () => http.getUrl(),
  };
};

export const collectorService: ServiceDefinition<CollectorConfig> = {
  name: 'collector',
  readConfig,
  create: createCollector,
};
