import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TOPIC_NAMING } from '@offerstream/contracts';
import { BrokerProxy, kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import { BatchingProducer } from './batching-producer.js';
import { createKafka, type Kafka } from './connection.js';
import { KafkaUnavailable, ProducerFull, RecordRejected } from './errors.js';
import { homePartition } from './murmur2.js';
import { readAll } from './tail-topic.js';
import { createTopic } from './testing/create-topic.js';

let direct: Kafka;
let proxied: Kafka;
let proxy: BrokerProxy;
const topics: string[] = [];
/** Longer than a busy machine takes for what it is to take. */
const DELIVERY_TIMEOUT_MS = 5_000;
const producers: BatchingProducer[] = [];

beforeAll(async () => {
  const [address] = await kafkaBrokers();
  const [host, port] = (address as string).split(':') as [string, string];
  direct = createKafka({ brokers: await kafkaBrokers(), clientId: 'direct', naming: DEFAULT_TOPIC_NAMING });
  proxy = new BrokerProxy({ host, port: Number(port) });
  proxied = createKafka({ brokers: [await proxy.listen()], clientId: 'proxied', naming: DEFAULT_TOPIC_NAMING });
});

afterEach(async () => {
  proxy.thaw();
  proxy.cutsProduceAnswer = () => false;
  proxy.refusesConnections = false;
  await Promise.all(producers.splice(0).map((producer) => producer.disconnect(1_000)));
});

afterAll(async () => {
  await direct.withAdmin((admin) => admin.deleteTopics({ topics }));
  await proxy.close();
});

const newTopic = async (partitions = 3, config: Readonly<Record<string, string>> = {}): Promise<string> => {
  const topic = `${uniqueTopicNaming().prefix}produced`;
  await createTopic(direct, topic, { partitions, config });
  topics.push(topic);
  return topic;
};

const newProducer = (...[kafka, options]: ConstructorParameters<typeof BatchingProducer>): BatchingProducer => {
  const producer = new BatchingProducer(kafka, options);
  producers.push(producer);
  return producer;
};

const valuesOf = async (topic: string): Promise<readonly (string | undefined)[]> =>
  (await readAll(direct, topic)).map(({ value }) => value?.toString());

test("records arrive once, in their key's home partition, in order, with key, headers and tombstones as sent", async () => {
  const topic = await newTopic();
  const producer = newProducer(direct);
  const acknowledged: Promise<void>[] = [];
  for (let index = 0; index < 500; index++) {
    acknowledged.push(
      producer.append({
        topic,
        key: `k${index % 7}`,
        value: index % 50 === 49 ? null : `v${index}`,
        headers: { ce_id: `id-${index}` },
      }),
    );
  }
  acknowledged.push(producer.append({ topic, partition: 2, key: 'elsewhere', value: 'explicit' }));
  for (let key = 0; key < 7; key++)
    acknowledged.push(producer.append({ topic, partitionKey: `k${key}`, key: `beside k${key}`, value: 'x' }));
  await Promise.all(acknowledged);
  const records = await readAll(direct, topic);
  expect(records).toHaveLength(508);
  for (let key = 0; key < 7; key++) {
    const own = records.filter((record) => record.key?.toString() === `k${key}`);
    const home = homePartition(`k${key}`, 3);
    expect(new Set(own.map(({ partition }) => partition))).toEqual(new Set([home]));
    expect(records.find((record) => record.key?.toString() === `beside k${key}`)?.partition).toBe(home);
    const ids = own.map(({ headers }) => Number(headers.ce_id?.toString().slice(3)));
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, turn) => key + 7 * turn));
    expect(own.map(({ value }) => value?.toString() ?? null)).toEqual(
      ids.map((id) => (id % 50 === 49 ? null : `v${id}`)),
    );
  }
  expect(records.find(({ key }) => key?.toString() === 'elsewhere')?.partition).toBe(2);
});

test('connections cut after the broker took the records and before it answered: none lost, none doubled', async () => {
  const topic = await newTopic();
  const producer = newProducer(proxied, { lingerMs: 1 });
  let cuts = 0;
  let answers = 0;
  proxy.cutsProduceAnswer = () => {
    const cut = cuts < 10 && ++answers % 3 === 0;
    if (cut) cuts++;
    return cut;
  };
  const sent: string[] = [];
  const acknowledged: Promise<void>[] = [];
  for (let index = 0; cuts < 10 || index < 400; index++) {
    sent.push(`v${index}`);
    acknowledged.push(producer.append({ topic, key: `k${index}`, value: `v${index}` }));
    if (index % 5 === 0) await sleep(3);
  }
  await Promise.all(acknowledged);
  expect(cuts).toBe(10);
  expect([...(await valuesOf(topic))].sort()).toEqual(sent.sort());
});

test('with Kafka away callers learn it within the delivery timeout; with Kafka back records flow again, in sequence', async () => {
  const topic = await newTopic(1);
  const producer = newProducer(proxied, { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  await producer.append({ topic, value: 'before' });
  proxy.frozen = true;
  const outcomes = await Promise.allSettled([
    producer.append({ topic, value: 'in flight' }),
    sleep(50).then(() => producer.append({ topic, value: 'queued' })),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(KafkaUnavailable) as unknown });
  }
  proxy.thaw();
  const after: string[] = [];
  for (let index = 0; index < 20; index++) {
    after.push(`after ${index}`);
    await producer.append({ topic, value: `after ${index}` });
  }
  const values = await valuesOf(topic);
  expect(values.filter((value) => value?.startsWith('after'))).toEqual(after);
  expect(values).not.toContain('queued');
  expect(new Set(values).size).toBe(values.length);
});

test('a batch that was given up after the broker had taken it costs no later record', async () => {
  const topic = await newTopic(1);
  const producer = newProducer(proxied, { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  await producer.append({ topic, value: 'before' });
  proxy.cutsProduceAnswer = () => {
    proxy.refusesConnections = true;
    return true;
  };
  await expect(producer.append({ topic, value: 'taken, not answered' })).rejects.toThrow(KafkaUnavailable);
  expect(producer.health().ready).toBe(false);
  proxy.cutsProduceAnswer = () => false;
  proxy.refusesConnections = false;
  for (const value of ['after 0', 'after 1']) {
    while ((await producer.append({ topic, value }).catch((error: unknown) => error)) instanceof KafkaUnavailable);
  }
  expect(await valuesOf(topic)).toEqual(['before', 'taken, not answered', 'after 0', 'after 1']);
});

test('a full buffer refuses further records, takes none of them, and has room again after acknowledgement', async () => {
  const topic = await newTopic(1);
  const producer = newProducer(proxied, { maxBufferedBytes: 10_000 });
  await producer.append({ topic, value: 'first' });
  proxy.frozen = true;
  const taken = producer.append({ topic, value: 'x'.repeat(8_000) });
  await expect(producer.append({ topic, value: 'y'.repeat(8_000) })).rejects.toThrow(ProducerFull);
  proxy.thaw();
  await taken;
  await producer.append({ topic, value: 'y'.repeat(7_000) });
  expect((await valuesOf(topic)).map((value) => value?.[0])).toEqual(['f', 'x', 'y']);
});

test('only the record that Kafka refuses fails, whatever it was batched with', async () => {
  const topic = await newTopic(1, { 'max.message.bytes': '20000' });
  const producer = newProducer(direct, { lingerMs: 20 });
  const good = Array.from({ length: 60 }, (_, index) => producer.append({ topic, value: `${index}`.padEnd(1_000) }));
  const tooLarge = producer.append({ topic, value: 'x'.repeat(30_000) });
  const more = Array.from({ length: 60 }, (_, index) =>
    producer.append({ topic, value: `${60 + index}`.padEnd(1_000) }),
  );
  await expect(tooLarge).rejects.toThrow(RecordRejected);
  await Promise.all([...good, ...more]);
  expect((await valuesOf(topic)).map((value) => Number(value))).toEqual(
    Array.from({ length: 120 }, (_, index) => index),
  );
});

test('a compacted topic refuses a record without a key and takes its neighbours', async () => {
  const topic = await newTopic(1, { 'cleanup.policy': 'compact' });
  const producer = newProducer(direct, { lingerMs: 20 });
  const outcomes = await Promise.allSettled([
    producer.append({ topic, partition: 0, key: 'a', value: '1' }),
    producer.append({ topic, partition: 0, value: 'no key' }),
    producer.append({ topic, partition: 0, key: 'b', value: '2' }),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await valuesOf(topic)).toEqual(['1', '2']);
});

test('a topic that does not exist holds up no other topic', async () => {
  const topic = await newTopic(1);
  const producer = newProducer(direct, { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  const missing = producer.append({ topic: `${topic}-missing`, value: 'v' });
  const failing = expect(missing).rejects.toThrow(KafkaUnavailable);
  await producer.append({ topic, value: 'v' });
  await failing;
  expect(await valuesOf(topic)).toEqual(['v']);
});

test('a topic that was deleted after it had been written to holds up no other topic', async () => {
  const [deleted, other] = [await newTopic(), await newTopic()];
  const producer = newProducer(direct, { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  await producer.append({ topic: deleted, key: 'a', value: '1' });
  await direct.withAdmin((admin) => admin.deleteTopics({ topics: [deleted] }));
  topics.splice(topics.indexOf(deleted), 1);
  await producer.append({ topic: other, key: 'a', value: '2' });
  expect(await valuesOf(other)).toEqual(['2']);
});

test('disconnect sends what is buffered; calls after it are refused', async () => {
  const topic = await newTopic();
  const producer = new BatchingProducer(direct, { lingerMs: 500 });
  const list = producer.sendAll(Array.from({ length: 100 }, (_, index) => ({ topic, key: `${index}`, value: 'v' })));
  await producer.disconnect();
  await list;
  expect(await valuesOf(topic)).toHaveLength(100);
  await expect(producer.append({ topic, value: 'late' })).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' });
});
