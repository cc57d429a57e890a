import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchingProducer } from './batching-producer.js';
import { FakeCluster, fakeKafka } from './testing/fake-cluster.js';

describe('BatchingProducer', () => {
  test('closed before Kafka was reached: a connect() that nobody waits for is no unhandled rejection, one that is waited for fails', async () => {
    const cluster = new FakeCluster();
    cluster.absence = new Error('connect ECONNREFUSED');
    const producer = new BatchingProducer(fakeKafka(cluster));
    void producer.connect();
    const waited = producer.connect();
    await producer.disconnect(0);
    // Jest fails a test during which a rejection goes unhandled.
    await nextTurn();
    await expect(waited).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' });
  });

  test('a bug ends it: it says so by failed and health, and whoever waits or sends is told', async () => {
    const cluster = new FakeCluster();
    const bug = new TypeError('undefined is not a function');
    cluster.producerId = () => Promise.reject(bug);
    const producer = new BatchingProducer(fakeKafka(cluster));
    const connected = expect(producer.connect()).rejects.toBe(bug);
    await expect(producer.failed).rejects.toBe(bug);
    await connected;
    expect(producer.health()).toEqual({ ready: false, reason: 'The producer has ended: undefined is not a function' });
    await expect(producer.append({ topic: 'topic', value: '1' })).rejects.toBe(bug);
    await producer.disconnect();
  });
});
