import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS, topicOnBroker } from '@offerstream/contracts';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import kafkajs from 'kafkajs';
import { BatchingProducer } from './batching-producer.js';
import { createKafka, type Kafka } from './connection.js';
import { isTopicMissing } from './errors.js';
import { followTable } from './follow-table.js';
import { readAll, tailTopic } from './tail-topic.js';
import { createTopic } from './testing/create-topic.js';
import { deleteTopics, endOffsets, ensureTopics, groupLag, logBounds, partitionCounts } from './topics.js';

let kafka: Kafka;
let producer: BatchingProducer;
const created: string[] = [];

beforeEach(async () => {
  kafka = createKafka({ brokers: await kafkaBrokers(), clientId: 'topics-spec', naming: uniqueTopicNaming() });
  producer = new BatchingProducer(kafka);
});

afterEach(async () => {
  await producer.disconnect();
  await deleteTopics(kafka, created.splice(0));
});

const tableTopic = async (): Promise<string> => {
  await ensureTopics(kafka, ['tenants'], { onWarning: () => undefined });
  const topic = topicOnBroker('tenants', kafka.connection.naming);
  created.push(topic);
  return topic;
};

const text = (value: Buffer | null | undefined): string | null => value?.toString() ?? null;

test('missing topics are created with the settings of the table, also by several at once; weak ones are warned of', async () => {
  const warnings: string[] = [];
  const { naming } = kafka.connection;
  const names = ['clickstream', 'catalog'] as const;
  created.push(...names.map((name) => topicOnBroker(name, naming)));
  await Promise.all(
    [1, 2, 3].map(() => ensureTopics(kafka, names, { onWarning: (warning) => void warnings.push(warning) })),
  );
  expect(await partitionCounts(kafka, created)).toEqual(
    new Map(names.map((name) => [topicOnBroker(name, naming), TOPICS[name].partitions])),
  );
  const settings = await kafka.withAdmin((admin) =>
    admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topicOnBroker('catalog', naming),
          configNames: ['cleanup.policy', 'message.timestamp.type'],
        },
      ],
    }),
  );
  const values = settings.resources[0]?.configEntries.map(({ configValue }) => configValue);
  expect(values?.toSorted()).toEqual(['LogAppendTime', 'compact']);
  expect(warnings).toContainEqual(expect.stringContaining('min.insync.replicas'));
});

test("where the log begins and ends, and a group's lag, by partition; without a commit the whole log is lag", async () => {
  const topic = topicOnBroker('clickstream', kafka.connection.naming);
  created.push(topic);
  await createTopic(kafka, topic, { partitions: 1 });
  await producer.sendAll(['1', '2', '3'].map((value) => ({ topic, key: 'a', value })));
  expect(await endOffsets(kafka, topic)).toEqual(new Map([[0, 3]]));
  expect(await groupLag(kafka, 'nobody', topic)).toEqual(new Map([[0, { committed: undefined, end: 3, lag: 3 }]]));
  await kafka.withAdmin(async (admin) => {
    // kafkajs deletes only where it has asked for the topic before.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
  });
  expect(await logBounds(kafka, topic)).toEqual(new Map([[0, { begin: 2, end: 3 }]]));
});

test('deleting topics leaves the others and does not mind missing ones', async () => {
  const topic = await tableTopic();
  const other = `${topic}-other`;
  created.push(other);
  await createTopic(kafka, other, { partitions: 1 });
  await deleteTopics(kafka, [topic, `${topic}-missing`]);
  // The broker lets go of it by and by.
  const isGone = async () => isTopicMissing(await readAll(kafka, topic).catch((error: unknown) => error));
  while (!(await isGone())) await sleep(20);
  expect(await kafka.withAdmin((admin) => admin.listTopics())).toContain(other);
});

test('followTable hands over the whole table, says when, and goes on with what comes later, tombstones too', async () => {
  const topic = await tableTopic();
  await producer.sendAll([
    { topic, key: 'a', value: '1' },
    { topic, key: 'b', value: '2' },
    { topic, key: 'a', value: '3' },
  ]);
  const state = new Map<string, string | null>();
  let caughtUpWith: number | undefined;
  const table = followTable(kafka, topic, {
    onRecord: (key, value) => void state.set(key, text(value)),
    onCaughtUp: () => (caughtUpWith = state.size),
  });
  await table.caughtUp;
  expect(caughtUpWith).toBe(2);
  expect(state).toEqual(
    new Map([
      ['a', '3'],
      ['b', '2'],
    ]),
  );
  await producer.append({ topic, key: 'b', value: null });
  while (state.get('b') !== null) await sleep(10);
  await table.close();
});

test('a table that is asked to catch up has handed over all that was written before', async () => {
  const topic = await tableTopic();
  let newest = '';
  const table = followTable(kafka, topic, { onRecord: (_, value) => void (newest = text(value) ?? '') });
  await table.caughtUp;
  for (const value of ['1', '2', '3']) {
    await producer.append({ topic, key: 'a', value });
    await table.catchUp();
    expect(newest).toBe(value);
  }
  await table.close();
});

test('a table whose topic is made anew is followed from its beginning, and catches up with it', async () => {
  const topic = await tableTopic();
  await producer.sendAll(['1', '2', '3'].map((value) => ({ topic, key: 'a', value })));
  const seen: (string | null)[] = [];
  let caughtUp = 0;
  const table = followTable(kafka, topic, {
    onRecord: (_, value) => void seen.push(text(value)),
    onCaughtUp: () => caughtUp++,
  });
  await table.caughtUp;
  await deleteTopics(kafka, [topic]);
  while (table.problem === undefined) await sleep(20);
  created.pop();
  await tableTopic();
  const later = new BatchingProducer(kafka);
  await later.sendAll(['4', '5', '6', '7'].map((value) => ({ topic, key: 'a', value })));
  await later.disconnect();
  await table.catchUp();
  expect(seen).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  expect(caughtUp).toBe(1);
  expect(table.problem).toBeUndefined();
  await table.close();
});

test('an empty table is caught up at once', async () => {
  const topic = await tableTopic();
  const table = followTable(kafka, topic, { onRecord: () => undefined });
  await table.caughtUp;
  await table.close();
});

test('an error of onRecord ends the following with that error', async () => {
  const topic = await tableTopic();
  await producer.append({ topic, key: 'a', value: '1' });
  const bug = new TypeError('no such field');
  const table = followTable(kafka, topic, {
    onRecord: () => {
      throw bug;
    },
  });
  await expect(table.failed).rejects.toBe(bug);
  await table.close();
});

test('a tail starts at the end, at the beginning, at a time or at given offsets', async () => {
  const topic = await tableTopic();
  await producer.append({ topic, key: 'a', value: '0' });
  await sleep(20);
  const between = Date.now();
  await sleep(20);
  await producer.append({ topic, key: 'a', value: '1' });
  await producer.append({ topic, key: 'a', value: '2' });
  const starts = [
    'end',
    'beginning',
    { timestamp: between },
    new Map([[0, 2]]),
    { timestamp: Date.now() + 60_000 },
  ] as const;
  const seen: string[][] = starts.map(() => []);
  const tails = starts.map((from, index) =>
    tailTopic(kafka, topic, {
      from,
      onRecords: (records) => void seen[index]?.push(...records.map(({ value }) => text(value) ?? '')),
    }),
  );
  await Promise.all(tails.map(({ started }) => started));
  await producer.append({ topic, key: 'a', value: '3' });
  while (seen.some((values) => values.at(-1) !== '3')) await sleep(10);
  expect(seen).toEqual([['3'], ['0', '1', '2', '3'], ['1', '2', '3'], ['2', '3'], ['3']]);
  await Promise.all(tails.map((tail) => tail.close()));
});

test('a tail waits for a slow reader and loses nothing', async () => {
  const topic = await tableTopic();
  await producer.sendAll(
    Array.from({ length: 2_000 }, (_, index) => ({ topic, key: `${index}`, value: 'x'.repeat(1_000) })),
  );
  let count = 0;
  let concurrent = 0;
  const tail = tailTopic(kafka, topic, {
    from: 'beginning',
    onRecords: async (records) => {
      expect(++concurrent).toBe(1);
      await sleep(5);
      count += records.length;
      concurrent--;
    },
  });
  while (count < 2_000) await sleep(10);
  await tail.close();
  expect(count).toBe(2_000);
});
