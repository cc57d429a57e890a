import { randomUUID } from 'node:crypto';
import type { ServiceApplication, ServiceDefinition, ServiceRuntime } from '@offerstream/service-kit';
import { topicOnBroker } from '@offerstream/contracts';
import { BatchingProducer, createKafka, type Kafka, type KafkaLogger } from '@offerstream/kafka';
import { Collect } from './collect.js';
import { CollectorMetrics } from './collector-metrics.js';
import { readConfig, type CollectorConfig } from './config.js';
import { createHttpApplication } from './http-application.js';
import { KeysFromTopic } from './keys-from-topic.js';

/** Senders learn within 2 s that Kafka is away; this leaves room for the way there and back. */
const DELIVERY_TIMEOUT_MS = 1_500;

export interface Collector extends ServiceApplication {
  /** Where it listens, once `listen` has resolved. */
  url(): Promise<string>;
}

export const createCollector = async (config: CollectorConfig, runtime: ServiceRuntime): Promise<Collector> => {
  const { logger, health } = runtime;
  const kafka = connectionTo(config, runtime);
  const producer = new BatchingProducer(kafka, {
    maxBufferedBytes: config.producerBufferBytes,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
  });
  const keys = new KeysFromTopic(kafka, config.kafka.replicationFactor, logger);
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
      await http.listen(config.http.port, config.http.host);
      logger.log(`takes events at ${await http.getUrl()}`, 'collector');
    },
    async close() {
      await http.close();
      await producer.disconnect();
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

const connectionTo = (config: CollectorConfig, { logger }: ServiceRuntime): Kafka => {
  const log: KafkaLogger = (level, message, fields) => {
    const line = Object.keys(fields).length === 0 ? message : `${message} ${JSON.stringify(fields)}`;
    switch (level) {
      case 'error':
        logger.error(line, undefined, 'kafka');
        break;
      case 'warn':
        logger.warn(line, 'kafka');
        break;
      case 'info':
      case 'debug':
        logger.debug?.(line, 'kafka');
        break;
    }
  };
  return createKafka({
    brokers: config.kafka.brokers,
    clientId: 'collector',
    naming: config.kafka.naming,
    ssl: config.kafka.tls ? true : undefined,
    sasl: config.kafka.sasl,
    logger: log,
  });
};
