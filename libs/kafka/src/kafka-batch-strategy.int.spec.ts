import 'reflect-metadata';
import { Controller, Module, UseFilters } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions } from '@nestjs/microservices';
import { DEFAULT_TOPIC_NAMING } from '@offerstream/contracts';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import type { GatheredBatch } from './batch-consumer.js';
import { BatchingProducer } from './batching-producer.js';
import { createKafka, type Kafka } from './connection.js';
import { KafkaBatchStrategy, OriginalErrors } from './kafka-batch-strategy.js';
import { createTopic } from './testing/create-topic.js';
import { groupLag } from './topics.js';

const seen: string[] = [];
let failWith: Error | undefined;

class Recording {
  take(batch: GatheredBatch): Promise<void> {
    if (failWith !== undefined) throw failWith;
    seen.push(...batch.records.map(({ value }) => value?.toString() ?? ''));
    return Promise.resolve();
  }
}

@Controller()
@UseFilters(OriginalErrors)
class Events extends Recording {
  @EventPattern('clickstream')
  override take(batch: GatheredBatch): Promise<void> {
    return super.take(batch);
  }
}

@Controller()
class UnfilteredEvents extends Recording {
  @EventPattern('clickstream')
  override take(batch: GatheredBatch): Promise<void> {
    return super.take(batch);
  }
}

@Module({ controllers: [Events] })
class ConsumerModule {}

@Module({ controllers: [UnfilteredEvents] })
class UnfilteredModule {}

@Module({})
class EmptyModule {}

let kafka: Kafka;
let topic: string;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  kafka = createKafka({ brokers: await kafkaBrokers(), clientId: 'strategy-spec', naming: DEFAULT_TOPIC_NAMING });
});

beforeEach(async () => {
  seen.length = 0;
  failWith = undefined;
  topic = `${uniqueTopicNaming().prefix}clickstream`;
  await createTopic(kafka, topic, { partitions: 1 });
  const producer = new BatchingProducer(kafka);
  await producer.sendAll(['a', 'b', 'c'].map((value) => ({ topic, value })));
  await producer.disconnect();
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await kafka.withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
});

const listen = async (module: new () => object): Promise<{ readonly fatal: Promise<Error> }> => {
  const fatal = Promise.withResolvers<Error>();
  const strategy = new KafkaBatchStrategy(kafka, {
    topic,
    groupId: topic,
    pattern: 'clickstream',
    onFatal: fatal.resolve,
  });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, { strategy, logger: false });
  closing.push(() => app.close());
  await app.listen();
  return { fatal: fatal.promise };
};

const committed = async (): Promise<number | undefined> => (await groupLag(kafka, topic, topic)).get(0)?.committed;

test('the handler gets the batches, and they are committed', async () => {
  await listen(ConsumerModule);
  while ((await committed()) !== 3);
  expect(seen).toEqual(['a', 'b', 'c']);
});

test('a TypeError in the handler is fatal as it was thrown, and nothing is committed', async () => {
  const bug = new TypeError('undefined is not a function');
  failWith = bug;
  const { fatal } = await listen(ConsumerModule);
  expect(await fatal).toBe(bug);
  expect(await committed()).toBeUndefined();
});

test('without the filter the error is fatal too, and says what is missing', async () => {
  failWith = new TypeError('undefined is not a function');
  const { fatal } = await listen(UnfilteredModule);
  expect(await fatal).toMatchObject({ code: 'WIRING', message: expect.stringContaining('OriginalErrors') as unknown });
  expect(await committed()).toBeUndefined();
});

test('a module without the handler is refused at the start, with the line to add', async () => {
  await expect(listen(EmptyModule)).rejects.toThrow(/@EventPattern\('clickstream'\)/);
});
