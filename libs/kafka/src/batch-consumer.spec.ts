import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchConsumer, type BatchConsumerOptions } from './batch-consumer.js';
import { FakeCluster, fakeKafka } from './testing/fake-cluster.js';

const consumers: BatchConsumer[] = [];

const consume = (
  cluster: FakeCluster,
  startPositions: NonNullable<BatchConsumerOptions['handler']['startPositions']>,
): BatchConsumer => {
  const consumer = new BatchConsumer(fakeKafka(cluster), {
    topic: 'topic',
    groupId: 'group',
    handler: { startPositions, handle: () => Promise.resolve() },
  });
  consumers.push(consumer);
  consumer.start();
  return consumer;
};

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop(0)));
});

describe('startPositions', () => {
  const away = new Error('connect ECONNREFUSED');

  test('an error that may pass makes the consumer not ready and is tried again in a new assignment', async () => {
    const cluster = new FakeCluster();
    const asked: number[] = [];
    const reasons: (string | undefined)[] = [];
    const started = Promise.withResolvers<undefined>();
    const consumer = consume(cluster, (_, { generationId }) => {
      asked.push(generationId);
      reasons.push(consumer.health().reason);
      if (asked.length < 3) return Promise.reject(away);
      started.resolve(undefined);
      return Promise.resolve(new Map());
    });
    await Promise.race([started.promise, consumer.failed]);
    expect(asked).toEqual([1, 2, 3]);
    expect(reasons).not.toContain(undefined);
  });

  test.each([
    ['a bug', new TypeError('undefined is not a function')],
    ['an error that says that it cannot be retried', Object.assign(new Error('mismatch'), { canRetry: false })],
  ])('%s ends the consumer at the first time', async (_, error) => {
    const cluster = new FakeCluster();
    const consumer = consume(cluster, () => Promise.reject(error));
    await expect(consumer.failed).rejects.toBe(error);
    expect(cluster.joins).toBe(1);
  });
});

test('a leader that dealt all partitions to others deals them out again when the topic has grown', async () => {
  const cluster = new FakeCluster();
  cluster.otherMembers = ['a'];
  const positions = Promise.withResolvers<readonly number[]>();
  const consumer = consume(cluster, (_, { partitions }) => {
    positions.resolve(partitions);
    return Promise.resolve(new Map());
  });
  while (!consumer.health().ready) await nextTurn();
  expect(consumer.health().assigned).toEqual([]);
  cluster.partitions = 2;
  expect(await Promise.race([positions.promise, consumer.failed])).toEqual([1]);
});
