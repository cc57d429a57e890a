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
});
