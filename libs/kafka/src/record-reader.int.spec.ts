import { DEFAULT_TOPIC_NAMING } from '@offerstream/contracts';
import { BrokerProxy, kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import { BatchingProducer } from './batching-producer.js';
import { createKafka, type Kafka } from './connection.js';
import { RecordReader, type RecordRead } from './record-reader.js';
import { createTopic } from './testing/create-topic.js';

let direct: Kafka;
let proxy: BrokerProxy;
let address: string;
let topic: string;
let reader: RecordReader;

beforeAll(async () => {
  const brokers = await kafkaBrokers();
  const [host = '', port] = brokers[0]?.split(':') ?? [];
  direct = createKafka({ brokers, clientId: 'direct', naming: DEFAULT_TOPIC_NAMING });
  proxy = new BrokerProxy({ host, port: Number(port) });
  address = await proxy.listen();
  topic = `${uniqueTopicNaming().prefix}read`;
  await createTopic(direct, topic, { partitions: 1 });
  const producer = new BatchingProducer(direct);
  for (const value of ['a', 'b', 'c']) await producer.append({ topic, value });
  await producer.disconnect();
  reader = newReader();
});
afterEach(() => {
  proxy.refusesConnections = false;
  proxy.thaw();
});
afterAll(async () => {
  await reader.close();
  await proxy.close();
  await direct.withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
});

const newReader = (): RecordReader =>
  new RecordReader(createKafka({ brokers: [address], clientId: 'proxied', naming: DEFAULT_TOPIC_NAMING }), topic);
const text = (read: RecordRead): string => (typeof read === 'string' ? read : String(read.value));
const read = async (offset: number): Promise<string> => text(await reader.read(0, offset));

it('reads the record at an offset, and says where there is none', async () => {
  expect(await read(1)).toBe('b');
  expect(await read(3)).toBe('after-end');
});

it('keeps its connection, also for several reads at once', async () => {
  expect(await read(0)).toBe('a');
  proxy.refusesConnections = true;
  expect(await Promise.all([read(2), read(0), read(1), read(3)])).toEqual(['c', 'a', 'b', 'after-end']);
});

it('goes on by itself after its connection was cut', async () => {
  expect(await read(0)).toBe('a');
  proxy.cut();
  const outcomes: string[] = [];
  while (outcomes.at(-1) !== 'b') outcomes.push(await read(1).catch(() => 'failed'));
  expect(await read(2)).toBe('c');
});

it('what is being read ends when it is closed', async () => {
  const closed = newReader();
  await closed.read(0, 0);
  proxy.frozen = true;
  const reading = closed.read(0, 0).catch((error: unknown) => error);
  await closed.close();
  expect(await reading).toBeInstanceOf(Error);
  await expect(closed.read(0, 0)).rejects.toThrow('closed');
});
