import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TOPIC_NAMING } from '@offerstream/contracts';
import { kafkaBrokers, startOwnKafka, uniqueTopicNaming } from '@offerstream/testing';
import { BatchConsumer, type BatchConsumerOptions, type GatheredBatch } from './batch-consumer.js';
import { BatchingProducer } from './batching-producer.js';
import { createKafka, type Kafka } from './connection.js';
import type { Assignment } from './group-member.js';
import type { RawRecord } from './record-batch-decoder.js';
import { createTopic } from './testing/create-topic.js';
import { deleteTopics, groupLag } from './topics.js';

let kafka: Kafka;
let producer: BatchingProducer;
const warnings: string[] = [];
const topics: string[] = [];
const consumers: BatchConsumer[] = [];

const connectionTo = (brokers: readonly string[]): Kafka =>
  createKafka({
    brokers,
    clientId: 'consumer-spec',
    naming: DEFAULT_TOPIC_NAMING,
    logger: (level, message) => {
      if (level === 'warn') warnings.push(message);
    },
  });

beforeAll(async () => {
  kafka = connectionTo(await kafkaBrokers());
  producer = new BatchingProducer(kafka, { lingerMs: 0 });
});

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop(1_000)));
  warnings.length = 0;
});

afterAll(async () => {
  await producer.disconnect();
  await kafka.withAdmin((admin) => admin.deleteTopics({ topics }));
});

const newTopic = async (partitions: number, on = kafka): Promise<string> => {
  const topic = `${uniqueTopicNaming().prefix}consumed`;
  await createTopic(on, topic, { partitions });
  if (on === kafka) topics.push(topic);
  return topic;
};

const send = async (topic: string, count: number, partitions: number, from = 0): Promise<void> => {
  await producer.sendAll(
    Array.from({ length: count }, (_, index) => ({
      topic,
      partition: (from + index) % partitions,
      key: `k${(from + index) % 17}`,
      value: `${from + index}`,
    })),
  );
};

type Options = Partial<Omit<BatchConsumerOptions, 'topic' | 'handler'>> & {
  readonly handle: (batch: GatheredBatch) => unknown;
  readonly startPositions?: NonNullable<BatchConsumerOptions['handler']['startPositions']>;
  readonly on?: Kafka;
};

const consume = (topic: string, { handle, startPositions, on = kafka, ...options }: Options): BatchConsumer => {
  const consumer = new BatchConsumer(on, {
    topic,
    groupId: `${topic}-group`,
    heartbeatIntervalMs: 100,
    ...options,
    handler: {
      handle: async (batch) => {
        await handle(batch);
      },
      ...(startPositions === undefined ? {} : { startPositions }),
    },
  });
  consumers.push(consumer);
  consumer.start();
  return consumer;
};

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await sleep(20);
};

const committedOf = async (topic: string): Promise<readonly (number | undefined)[]> => {
  const lag = await groupLag(kafka, `${topic}-group`, topic);
  return [...lag].sort(([left], [right]) => left - right).map(([, { committed }]) => committed);
};

const numbers = (records: readonly RawRecord[]): number[] => records.map(({ value }) => Number(value?.toString()));

test('batches are gathered across partitions, each partition in order, and what is handled is committed', async () => {
  const topic = await newTopic(4);
  await send(topic, 1_000, 4);
  const seen: RawRecord[] = [];
  const batches: number[] = [];
  const consumer = consume(topic, {
    maxRecords: 100,
    handle: ({ records }) => {
      seen.push(...records);
      batches.push(new Set(records.map(({ partition }) => partition)).size);
    },
  });
  await until(() => seen.length === 1_000);
  await until(async () => (await committedOf(topic)).every((offset) => offset === 250));
  expect(Math.max(...batches)).toBe(4);
  for (let partition = 0; partition < 4; partition++) {
    const own = numbers(seen.filter((record) => record.partition === partition));
    expect(own).toEqual(Array.from({ length: 250 }, (_, index) => partition + 4 * index));
  }
  await until(() => consumer.health().lag === 0);
  expect(consumer.health()).toEqual({ ready: true, lag: 0, assigned: [0, 1, 2, 3] });
});

test('after an orderly stop the next member goes on where it ended, without a gap or a repeat', async () => {
  const topic = await newTopic(2);
  await send(topic, 600, 2);
  const seen: number[] = [];
  const handle = ({ records }: GatheredBatch): void => void seen.push(...numbers(records));
  const stopped = Promise.withResolvers<undefined>();
  const first = consume(topic, {
    maxRecords: 50,
    handle: async (batch) => {
      await sleep(10);
      handle(batch);
      if (seen.length >= 200) void first.stop().then(() => stopped.resolve(undefined));
    },
  });
  await stopped.promise;
  expect(first.health().ready).toBe(false);
  const atStop = seen.length;
  await sleep(100);
  expect(seen.length).toBe(atStop);
  expect(atStop).toBeLessThan(600);
  consume(topic, { maxRecords: 50, handle });
  await until(() => seen.length >= 600);
  expect(seen.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 600 }, (_, index) => index));
});

test('at most inFlight batches are in work, and offsets are committed only behind the first unfinished one', async () => {
  const topic = await newTopic(1);
  await send(topic, 100, 1);
  const release: (() => void)[] = [];
  let inWork = 0;
  consume(topic, {
    maxRecords: 10,
    inFlight: 3,
    handle: async () => {
      inWork++;
      await new Promise<void>((resolve) => release.push(resolve));
      inWork--;
    },
  });
  await until(() => release.length === 3);
  await sleep(50);
  expect(inWork).toBe(3);
  release[1]?.();
  release[2]?.();
  await until(() => release.length === 5);
  await sleep(100);
  expect(await committedOf(topic)).toEqual([undefined]);
  release[0]?.();
  await until(async () => (await committedOf(topic))[0] === 30);
  for (let index = 3; index < 10; index++) {
    await until(() => release.length > index);
    release[index]?.();
  }
  await until(async () => (await committedOf(topic))[0] === 100);
});

test('the last place is for a full batch: without a backlog small ones wait and grow', async () => {
  const topic = await newTopic(1);
  const handedOut: number[] = [];
  const held = Promise.withResolvers<undefined>();
  consume(topic, {
    maxRecords: 10,
    inFlight: 2,
    handle: async ({ records }) => {
      handedOut.push(records.length);
      await held.promise;
    },
  });
  await send(topic, 3, 1);
  await until(() => handedOut.length === 1);
  await send(topic, 4, 1);
  await sleep(100);
  expect(handedOut).toHaveLength(1);
  await send(topic, 10, 1);
  await until(() => handedOut.length === 2);
  expect(handedOut[1]).toBe(10);
  held.resolve(undefined);
  await until(async () => (await committedOf(topic))[0] === 17);
});

test('a TypeError in the handler ends the consumer with that error, and nothing of the batch is committed', async () => {
  const topic = await newTopic(1);
  await send(topic, 10, 1);
  const bug = new TypeError('undefined is not a function');
  let batches = 0;
  const consumer = consume(topic, {
    maxRecords: 5,
    inFlight: 1,
    handle: () => {
      if (++batches === 2) throw bug;
    },
  });
  await expect(consumer.failed).rejects.toBe(bug);
  expect(consumer.health()).toMatchObject({
    ready: false,
    reason: expect.stringContaining('not a function') as unknown,
  });
  await send(topic, 10, 1);
  await sleep(200);
  expect(batches).toBe(2);
  expect((await committedOf(topic))[0] ?? 0).toBeLessThanOrEqual(5);
});

test('an error of startPositions that cannot be retried ends the consumer before a record is handed out', async () => {
  const topic = await newTopic(1);
  await send(topic, 10, 1);
  let batches = 0;
  const consumer = consume(topic, {
    handle: () => {
      batches++;
    },
    startPositions: () =>
      Promise.reject(Object.assign(new Error('the store is empty beside committed offsets'), { canRetry: false })),
  });
  await expect(consumer.failed).rejects.toThrow('the store is empty');
  expect(batches).toBe(0);
});

test('startPositions gets the committed offsets and its answer decides, also against them', async () => {
  const topic = await newTopic(3);
  await send(topic, 30, 3);
  await kafka.withAdmin((admin) =>
    admin.setOffsets({
      groupId: `${topic}-group`,
      topic,
      partitions: [
        { partition: 0, offset: '4' },
        { partition: 1, offset: '6' },
      ],
    }),
  );
  const seen: RawRecord[] = [];
  let asked: ReadonlyMap<number, number | undefined> = new Map();
  consume(topic, {
    startPositions: async (committed, assignment) => {
      asked = committed;
      expect(assignment.isCurrent()).toBe(true);
      await sleep(300);
      expect(seen).toEqual([]);
      return new Map([[0, 2]]);
    },
    handle: ({ records }) => void seen.push(...records),
  });
  await until(() => seen.length >= 8 + 4 + 10);
  const firsts = [0, 1, 2].map((partition) => seen.find((record) => record.partition === partition)?.offset);
  expect(firsts).toEqual([2, 6, 0]);
  expect(new Map([...asked].filter(([, offset]) => (offset ?? -1) >= 0))).toEqual(
    new Map([
      [0, 4],
      [1, 6],
    ]),
  );
});

test('a position that the log no longer has continues at its beginning, with a warning', async () => {
  const topic = await newTopic(1);
  await send(topic, 20, 1);
  await kafka.withAdmin(async (admin) => {
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] });
  });
  const seen: RawRecord[] = [];
  consume(topic, {
    startPositions: () => Promise.resolve(new Map([[0, 3]])),
    handle: ({ records }) => void seen.push(...records),
  });
  await until(() => seen.length === 5);
  expect(seen.map(({ offset }) => offset)).toEqual([15, 16, 17, 18, 19]);
  expect(warnings).toContainEqual(expect.stringContaining('reading goes on at the beginning'));
});

/** Deletes the topic with its committed offsets and makes it anew, which the broker refuses until it is gone. */
const recreate = async (topic: string, partitions: number): Promise<void> => {
  await deleteTopics(kafka, [topic]);
  const isMade = (): Promise<boolean> =>
    createTopic(kafka, topic, { partitions }).then(
      () => true,
      () => false,
    );
  await until(isMade);
};

test('a topic that is missing for a while costs the assignment: startPositions is asked again, and the new log is read', async () => {
  const topic = await newTopic(2);
  await send(topic, 20, 2);
  const seen: number[] = [];
  const asked: ReadonlyMap<number, number | undefined>[] = [];
  const consumer = consume(topic, {
    startPositions: (committed) => {
      asked.push(committed);
      return Promise.resolve(new Map());
    },
    handle: ({ records }) => void seen.push(...numbers(records)),
  });
  await until(async () => (await committedOf(topic)).every((offset) => offset === 10));
  await deleteTopics(kafka, [topic]);
  await until(() => !consumer.health().ready);
  await sleep(300);
  expect(asked).toHaveLength(1);
  await recreate(topic, 2);
  const later = new BatchingProducer(kafka);
  await later.sendAll([
    { topic, partition: 0, value: '100' },
    { topic, partition: 1, value: '101' },
  ]);
  await later.disconnect();
  await until(() => seen.includes(100) && seen.includes(101) && consumer.health().ready);
  expect(asked).toHaveLength(2);
  expect([...(asked[1] as ReadonlyMap<number, unknown>).values()]).toEqual([undefined, undefined]);
});

test('a topic that is made anew between two fetches and is shorter: startPositions is asked again, and its records are read', async () => {
  const topic = await newTopic(1);
  await send(topic, 20, 1);
  const inWork = Promise.withResolvers<undefined>();
  const release = Promise.withResolvers<undefined>();
  const current: boolean[] = [];
  const seen: number[] = [];
  let asked = 0;
  consume(topic, {
    maxRecords: 2,
    inFlight: 1,
    startPositions: () => {
      asked++;
      return Promise.resolve(new Map());
    },
    handle: async ({ records, assignment }) => {
      inWork.resolve(undefined);
      await release.promise;
      seen.push(...numbers(records));
      current.push(assignment.isCurrent());
    },
  });
  // With so much waiting for the handler nothing is fetched.
  await inWork.promise;
  await recreate(topic, 1);
  const later = new BatchingProducer(kafka);
  await later.append({ topic, value: '100' });
  release.resolve(undefined);
  await until(() => seen.includes(100));
  expect(asked).toBe(2);
  await later.append({ topic, value: '101' });
  await later.disconnect();
  await until(() => seen.includes(101));
  expect(seen.filter((value) => value >= 100)).toEqual([100, 101]);
  expect(current.at(-1)).toBe(true);
});

test('a committed offset beyond the end of the log starts at its beginning, with a warning', async () => {
  const topic = await newTopic(1);
  await send(topic, 5, 1);
  await kafka.withAdmin((admin) =>
    admin.setOffsets({ groupId: `${topic}-group`, topic, partitions: [{ partition: 0, offset: '50' }] }),
  );
  const seen: number[] = [];
  consume(topic, { handle: ({ records }) => void seen.push(...numbers(records)) });
  await until(() => seen.length === 5);
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  expect(warnings).toContainEqual(expect.stringContaining('ends before the committed offset'));
});

test('a start position beyond the end of the log makes the consumer not ready, and startPositions is asked until it gives another', async () => {
  const topic = await newTopic(1);
  await send(topic, 5, 1);
  const seen: number[] = [];
  let start = 50;
  const consumer = consume(topic, {
    startPositions: () => Promise.resolve(new Map([[0, start]])),
    handle: ({ records }) => void seen.push(...numbers(records)),
  });
  await until(() => consumer.health().reason?.includes('is to be read from 50') === true);
  start = 3;
  await until(() => seen.length === 2);
  expect(seen).toEqual([3, 4]);
  expect(consumer.health().ready).toBe(true);
});

test('when a second member joins, the first finishes and commits what it has, and both share the rest without repeats', async () => {
  const topic = await newTopic(4);
  const seen = new Map<string, number[]>();
  const assignments: Assignment[] = [];
  let sent = 0;
  let abandoned = 0;
  const member = (name: string): BatchConsumer =>
    consume(topic, {
      maxRecords: 20,
      startPositions: (_, assignment) => {
        assignments.push(assignment);
        return Promise.resolve(new Map());
      },
      handle: async ({ records, assignment }) => {
        await sleep(20);
        if (!assignment.isCurrent()) abandoned++;
        seen.set(name, [...(seen.get(name) ?? []), ...numbers(records)]);
      },
    });
  const total = (): number[] => [...seen.values()].flat();
  member('one');
  await send(topic, 400, 4);
  sent = 400;
  await until(() => total().length > 100);
  const second = member('two');
  await until(() => second.health().assigned.length === 2);
  await send(topic, 400, 4, sent);
  sent += 400;
  await until(() => total().length >= sent && new Set(total()).size === sent);
  expect(total()).toHaveLength(sent);
  expect(abandoned).toBe(0);
  expect(seen.get('two')?.length).toBeGreaterThan(100);
  expect(assignments[0]?.isCurrent()).toBe(false);
  expect(assignments.at(-1)?.isCurrent()).toBe(true);
});

test('a batch that outlives its assignment is abandoned: its offsets are not committed and its records come again', async () => {
  const topic = await newTopic(2);
  await send(topic, 2, 2);
  const stuck = Promise.withResolvers<undefined>();
  const current: boolean[] = [];
  const seenBySecond: number[] = [];
  consume(topic, {
    handle: async ({ assignment }) => {
      await stuck.promise;
      current.push(assignment.isCurrent());
    },
  });
  await until(() => consumers[0]?.health().lag === 2);
  consume(topic, { handle: ({ records }) => void seenBySecond.push(...numbers(records)) });
  await until(() => seenBySecond.length > 0);
  expect(seenBySecond).toHaveLength(1);
  stuck.resolve(undefined);
  await until(() => current.length > 0);
  expect(current[0]).toBe(false);
});

test('a topic that grows is dealt out again, its new partitions from their beginning', async () => {
  const topic = await newTopic(1);
  const seen: number[] = [];
  const consumer = consume(topic, { handle: ({ records }) => void seen.push(...numbers(records)) });
  await until(() => consumer.health().ready);
  await kafka.withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }));
  const later = new BatchingProducer(kafka);
  await later.append({ topic, partition: 2, value: '7' });
  await later.disconnect();
  await until(() => seen.includes(7));
  expect(consumer.health().assigned).toEqual([0, 1, 2]);
});

test('a consumer with lag whose batches do not end is fatal after the stall timeout', async () => {
  const topic = await newTopic(1);
  await send(topic, 5, 1);
  const stuck = Promise.withResolvers<undefined>();
  const consumer = consume(topic, { stallTimeoutMs: 1_500, handle: () => stuck.promise });
  await expect(consumer.failed).rejects.toMatchObject({ code: 'CONSUMER_STALLED' });
  stuck.resolve(undefined);
});

test('a handler that waits on purpose is no stall, until it no longer does', async () => {
  const topic = await newTopic(1);
  await send(topic, 5, 1);
  const stuck = Promise.withResolvers<undefined>();
  const handed = Promise.withResolvers<undefined>();
  let isWaiting = true;
  const consumer = consume(topic, {
    stallTimeoutMs: 600,
    isWaiting: () => isWaiting,
    handle: () => {
      handed.resolve(undefined);
      return stuck.promise;
    },
  });
  await handed.promise;
  await Promise.race([sleep(1_800), consumer.failed]);
  expect(consumer.health()).toMatchObject({ ready: true, lag: 5 });
  isWaiting = false;
  await expect(consumer.failed).rejects.toMatchObject({ code: 'CONSUMER_STALLED' });
  stuck.resolve(undefined);
});

test('a consumer without lag never stalls', async () => {
  const topic = await newTopic(1);
  const consumer = consume(topic, { stallTimeoutMs: 600, handle: () => undefined });
  await until(() => consumer.health().ready);
  await sleep(1_800);
  expect(consumer.health().ready).toBe(true);
});

test('a dead broker makes it not ready and not fatal; it goes on by itself when the broker is back', async () => {
  const own = await startOwnKafka();
  let sender: BatchingProducer | undefined;
  try {
    const local = connectionTo(own.brokers);
    const topic = await newTopic(2, local);
    sender = new BatchingProducer(local, { deliveryTimeoutMs: Infinity });
    const seen: number[] = [];
    const consumer = consume(topic, {
      on: local,
      stallTimeoutMs: 3_000,
      handle: ({ records }) => void seen.push(...numbers(records)),
    });
    await sender.append({ topic, key: 'a', value: '1' });
    await until(() => seen.includes(1));
    await own.kill();
    await until(() => !consumer.health().ready);
    const acknowledged = sender.append({ topic, key: 'a', value: '2' });
    await sleep(4_000);
    await own.restart();
    await acknowledged;
    await until(() => seen.includes(2) && consumer.health().ready);
    expect(seen.filter((value) => value === 2)).toEqual([2]);
  } finally {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop(1_000)));
    await sender?.disconnect(1_000);
    await own.stop();
  }
});
