import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLICKSTREAM_PARTITIONS, failedHeaders, topicOnBroker } from '@offerstream/contracts';
import {
  BatchingProducer,
  createKafka,
  deleteTopics,
  ensureTopics,
  homePartition,
  readAll,
  type Kafka,
  type ProducerHeaders,
} from '@offerstream/kafka';
import { kafkaBrokers, uniqueTopicNaming } from '@offerstream/testing';
import { listFailed } from './list-failed.js';
import { redrive } from './redrive.js';
import { RedriveLedger } from './redrive-ledger.js';

let kafka: Kafka;
let producer: BatchingProducer;
let topics: { clickstream: string; failed: string };
let dataDir: string;
const { signal } = new AbortController();

/** Topics of one's own, empty. */
const openKafka = async (): Promise<void> => {
  kafka = createKafka({ brokers: await kafkaBrokers(), clientId: 'failed-spec', naming: uniqueTopicNaming() });
  const { naming } = kafka.connection;
  topics = { clickstream: topicOnBroker('clickstream', naming), failed: topicOnBroker('clickstream-failed', naming) };
  await ensureTopics(kafka, ['clickstream', 'clickstream-failed'], { onWarning: () => undefined });
  producer = new BatchingProducer(kafka);
};
const closeKafka = async (): Promise<void> => {
  await producer.disconnect();
  await deleteTopics(kafka, Object.values(topics));
};

beforeEach(async () => {
  await openKafka();
  dataDir = await mkdtemp(join(tmpdir(), 'offerstream-failed-'));
});
afterEach(async () => {
  await closeKafka();
  await rm(dataDir, { recursive: true });
});

const FOUND_AT = 1_700_000_000_000;
const originOf = (offset: number) => `${topics.clickstream}:3:${offset}:${FOUND_AT}`;

interface Failure {
  readonly key?: string | null;
  readonly value?: string | null;
  readonly reason?: string;
  /** Offset where it was found. */
  readonly origin?: number;
  /** Default: this line's clickstream. */
  readonly foundIn?: string;
  /** In ms since 1970. */
  readonly foundAt?: number;
}

const fail = ({
  key = 'demo:anna',
  value = '{broken',
  reason = 'undecodable',
  origin,
  foundIn = topics.clickstream,
  foundAt = FOUND_AT,
}: Failure): Promise<void> => {
  const headers: ProducerHeaders = {
    ce_id: 'm1',
    offer: 'each',
    ...failedHeaders({
      step: 'decodeEvent',
      reason,
      detail: 'why',
      origin: origin === undefined ? undefined : { topic: foundIn, partition: 3, offset: origin, appendedAt: foundAt },
    }),
  };
  return producer.append({ topic: topics.failed, partition: 0, key, value, headers });
};

const sendAgain = async (reason?: string) => {
  const ledger = await RedriveLedger.open(dataDir);
  try {
    return await redrive(kafka, { topics, reason, ledger, signal });
  } finally {
    ledger.close();
  }
};
const list = () => listFailed(kafka, { topic: topics.failed, ledger: RedriveLedger.read(dataDir), samples: 2, signal });
const onClickstream = () => readAll(kafka, topics.clickstream);

it('lists by reason, newest samples, and copies made by a retry once', async () => {
  await fail({ origin: 1, value: 'first' });
  await fail({ origin: 1, value: 'first' });
  await fail({ origin: 2, value: 'second' });
  await fail({ origin: 3, value: 'third \u001b[31m' });
  await fail({ reason: 'too-large', key: null });
  await fail({ reason: 'too-large', key: null });
  const [undecodable, tooLarge, ...others] = await list();
  expect(undecodable).toMatchObject({ reason: 'undecodable', waiting: 3, sentAgain: 0 });
  expect(undecodable?.samples.map(({ value }) => value?.slice(0, 6))).toEqual(['second', 'third ']);
  expect(tooLarge).toMatchObject({ reason: 'too-large', waiting: 2 });
  expect(others).toEqual([]);
});

it('sends each again once, as it came, to its home partition; without a key it stays', async () => {
  await fail({ origin: 1, value: 'a' });
  await fail({ origin: 1, value: 'a' });
  await fail({ origin: 2, value: null });
  await fail({ key: null, origin: 3 });
  await fail({ key: 'no tenant', origin: 4, reason: 'bad-key' });
  expect(await sendAgain()).toMatchObject({ sent: 3, copies: 1, sentBefore: 0, rejected: [] });
  const records = await onClickstream();
  expect(records.map(({ value }) => value?.toString() ?? null).sort()).toEqual(['a', '{broken', null].sort());
  for (const { key, partition, headers } of records) {
    expect(partition).toBe(homePartition(key ?? '', CLICKSTREAM_PARTITIONS));
    expect(Object.keys(headers).sort()).toEqual(['ce_id', 'offer']);
  }

  const again = await sendAgain();
  expect(again).toMatchObject({ sent: 0, copies: 1, sentBefore: 3 });
  expect(again.withoutKey).toMatchObject([{ origin: originOf(3) }]);
  expect(await onClickstream()).toHaveLength(3);
  expect(await list()).toMatchObject([
    { reason: 'undecodable', waiting: 1, sentAgain: 2 },
    { reason: 'bad-key', waiting: 0, sentAgain: 1 },
  ]);
});

it('sends those of one reason, and a copy that comes later not again', async () => {
  await fail({ origin: 1, reason: 'invalid' });
  await fail({ origin: 2, reason: 'crash' });
  expect(await sendAgain('crash')).toMatchObject({ sent: 1 });
  await fail({ origin: 2, reason: 'crash' });
  expect(await sendAgain('crash')).toMatchObject({ sent: 0, sentBefore: 1, copies: 1 });
  expect(await sendAgain()).toMatchObject({ sent: 1 });
  expect(await onClickstream()).toHaveLength(2);
});

it('killed in between, it sends what was not sent, and does not send what was', async () => {
  for (let origin = 0; origin < 6; origin++) await fail({ origin, value: `v${origin}` });
  await sendAgain();
  const path = join(dataDir, 'redriven', 'ledger.ndjson');
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  const sending = lines.filter((line) => line.includes('"sending"'));
  // Killed after the records were sent and before that was noted, in the middle of a line.
  await writeFile(path, `${sending.join('\n')}\n${lines.at(-1)?.slice(0, 20) ?? ''}`);
  expect(await sendAgain()).toMatchObject({ sent: 0, sentBefore: 6 });
  expect(await onClickstream()).toHaveLength(6);

  // Killed after they were noted and before they were sent.
  await fail({ origin: 6, value: 'v6' });
  await fail({ origin: 7, value: 'v0' });
  const home = { partition: homePartition('demo:anna', CLICKSTREAM_PARTITIONS), end: 6 };
  const noted = (await readAll(kafka, topics.failed))
    .filter(({ offset }) => offset >= 6)
    .map(({ partition, offset, appendedAt }) => ({
      partition,
      offset,
      appendedAt,
      origin: originOf(offset),
      state: 'sending',
      home,
    }));
  await writeFile(
    path,
    `${await readFile(path, 'utf8')}${noted.map((entry) => `${JSON.stringify(entry)}\n`).join('')}`,
  );
  expect(await sendAgain()).toMatchObject({ sent: 2, sentBefore: 6 });
  expect(await onClickstream()).toHaveLength(8);
});

it('knows a copy also when the record that was sent is not kept any more', async () => {
  const ledger = await RedriveLedger.open(dataDir);
  ledger.write([{ partition: 0, offset: 0, appendedAt: FOUND_AT, origin: originOf(1), state: 'sent' }]);
  ledger.close();
  await fail({ origin: 9, reason: 'invalid' });
  await fail({ origin: 1, reason: 'crash' });
  expect(await sendAgain('crash')).toMatchObject({ sent: 0, sentBefore: 1 });
});

it('sends what stands at the same place of another Kafka, or of a topic that was made anew', async () => {
  await fail({ origin: 1 });
  await fail({ origin: 2 });
  expect(await sendAgain()).toMatchObject({ sent: 2 });
  const { clickstream } = topics;
  await closeKafka();
  await openKafka();
  await fail({ origin: 1, foundIn: clickstream, foundAt: FOUND_AT + 1 });
  await fail({ origin: 2, foundIn: clickstream, foundAt: FOUND_AT + 1 });
  expect(await list()).toMatchObject([{ waiting: 2, sentAgain: 0 }]);
  expect(await sendAgain()).toMatchObject({ sent: 2, sentBefore: 0 });
  expect(await sendAgain()).toMatchObject({ sent: 0, sentBefore: 2 });
  expect(await onClickstream()).toHaveLength(2);
});

it('leaves open what it was sending to another Kafka when it was killed', async () => {
  await fail({ origin: 1 });
  const ledger = await RedriveLedger.open(dataDir);
  const entry = { partition: 0, offset: 0, appendedAt: FOUND_AT, origin: 'elsewhere' };
  ledger.write([{ ...entry, state: 'sending', home: { partition: 0, end: 5 } }]);
  ledger.close();
  expect(await sendAgain()).toMatchObject({ sent: 1, sentBefore: 0 });
  expect(RedriveLedger.read(dataDir).unknown()).toMatchObject([entry]);
});

it('believes a ledger that knows places without times', async () => {
  await fail({ origin: 1 });
  await fail({ origin: 2 });
  const ledger = await RedriveLedger.open(dataDir);
  ledger.write([
    { partition: 0, offset: 0, origin: `${topics.clickstream}:3:1`, state: 'sent' },
    {
      partition: 0,
      offset: 1,
      origin: `${topics.clickstream}:3:2`,
      state: 'sending',
      home: { partition: homePartition('demo:anna', CLICKSTREAM_PARTITIONS), end: 0 },
    },
  ]);
  ledger.close();
  expect(await sendAgain()).toMatchObject({ sent: 1, sentBefore: 1 });
  expect(await sendAgain()).toMatchObject({ sent: 0, sentBefore: 2 });
});

it('is for one process at a time', async () => {
  const ledger = await RedriveLedger.open(dataDir);
  await expect(RedriveLedger.open(dataDir)).rejects.toMatchObject({ code: 'in-use' });
  ledger.close();
});
