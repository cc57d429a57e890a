import { ConsoleLogger } from '@nestjs/common';
import { topicOnBroker, type TopicName } from '@offerstream/contracts';
import { BatchingProducer, createKafka, ensureTopics, readAll, type RawRecord } from '@offerstream/kafka';
import { FaultPoints, Health } from '@offerstream/service-kit';
import { apiKeyId, hashApiKey } from '@offerstream/tenancy';
// eslint-disable-next-line @nx/enforce-module-boundaries -- only specs import this file
import { uniqueTopicNaming } from '@offerstream/testing';
import { Registry } from 'prom-client';
import { createCollector } from '../collector-service.js';
import { readConfig } from '../config.js';

/** A collector on a real Kafka and topics of its own, with what a spec needs around it. */
export const startCollector = async (brokers: readonly string[]) => {
  const naming = uniqueTopicNaming();
  const kafka = createKafka({ brokers, clientId: 'collector-spec', naming });
  await ensureTopics(kafka, ['tenants'], { replicationFactor: 1, onWarning: () => undefined });
  const producer = new BatchingProducer(kafka);
  const health = new Health();
  const collector = await createCollector(
    readConfig({
      ADMIN_PORT: '0',
      HTTP_PORT: '0',
      KAFKA_BROKERS: brokers.join(','),
      TOPIC_PREFIX: naming.prefix,
      TOPIC_SUFFIX: naming.suffix,
    }),
    {
      logger: new ConsoleLogger({ logLevels: ['fatal'] }),
      metrics: new Registry(),
      health,
      faults: new FaultPoints(''),
      stopping: new AbortController().signal,
    },
  );
  await collector.listen();
  const url = await collector.url();

  return {
    url,
    naming,
    health,
    /** Writes the tenant's record with these write keys. */
    setKeys: (tenant: string, ...keys: readonly string[]) =>
      producer.append({
        topic: topicOnBroker('tenants', naming),
        key: tenant,
        value: JSON.stringify({
          id: tenant,
          keys: keys.map((key) => {
            const hash = hashApiKey(key);
            return { id: apiKeyId(hash), hash, kind: 'wk', scopes: ['events:write'], expiresAt: null };
          }),
          placements: [],
          consent: 'assumed',
        }),
      }),
    post: (path: string, key: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${url}/v1/${path}`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`, ...headers },
        body: JSON.stringify(body),
      }),
    records: (topic: TopicName): Promise<readonly RawRecord[]> => readAll(kafka, topicOnBroker(topic, naming)),
    stop: async () => {
      await collector.close();
      await producer.disconnect();
    },
  };
};

export type RunningCollector = Awaited<ReturnType<typeof startCollector>>;

/** Asks until it is so. */
export const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
};

export const parsed = (record: RawRecord): Record<string, unknown> =>
  JSON.parse(String(record.value)) as Record<string, unknown>;
