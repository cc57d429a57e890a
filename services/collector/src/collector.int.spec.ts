import { CLICKSTREAM_PARTITIONS, readClickstreamEvent } from '@offerstream/contracts';
import { homePartition, type RawRecord } from '@offerstream/kafka';
import { kafkaBrokers } from '@offerstream/testing';
import { parsed, startCollector, until, type RunningCollector } from './testing/running-collector.js';

const KEY = 'a-write-key';
const view = { event: 'Product Viewed', properties: { product_id: 'p' } };

let collector: RunningCollector;

beforeAll(async () => {
  collector = await startCollector(await kafkaBrokers());
  await collector.setKeys('demo', KEY);
  await until(async () => (await collector.post('batch', KEY, { batch: [] })).status === 200);
});
afterAll(() => collector.stop());

const recordOf = async (messageId: string): Promise<RawRecord | undefined> =>
  (await collector.records('clickstream')).find((record) => parsed(record)['messageId'] === messageId);

describe('the collector on Kafka', () => {
  it('is ready once Kafka answers and the write keys are known', () => {
    expect(collector.health.ready()).toMatchObject({ ok: true });
  });

  it('has written an event when it answers 200, in its subject’s home partition, readable by the line', async () => {
    const answer = await collector.post('track', KEY, { ...view, userId: 'änna', messageId: 'home-1' });
    expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    const record = await recordOf('home-1');
    expect(String(record?.key)).toBe('demo:änna');
    expect(record?.partition).toBe(homePartition('demo:änna', CLICKSTREAM_PARTITIONS));
    expect(String(record?.headers['ce_id'])).toBe('home-1');
    expect(readClickstreamEvent(record?.value ?? null)).toMatchObject({
      ok: true,
      event: { subject: 'änna', messageId: 'home-1', interactions: [{ item: 'p' }] },
    });
  });

  it('passes an import’s wish for an offer of each event on as a record header', async () => {
    const batch = [{ ...view, type: 'track', userId: 1, messageId: 'each-1' }];
    await collector.post('import', KEY, { batch }, { 'x-offerstream-offer': 'each' });
    expect(String((await recordOf('each-1'))?.headers['offer'])).toBe('each');
  });

  it('keeps the order of one subject’s events over many requests', async () => {
    for (let round = 0; round < 5; round++) {
      const batch = Array.from({ length: 20 }, (_, index) => ({
        ...view,
        type: 'track',
        userId: 'in-order',
        messageId: `order-${String(round * 20 + index).padStart(3, '0')}`,
      }));
      expect((await collector.post('batch', KEY, { batch })).status).toBe(200);
    }
    const ids = (await collector.records('clickstream'))
      .filter(({ key }) => String(key) === 'demo:in-order')
      .map((record) => String(parsed(record)['messageId']));
    expect(ids).toHaveLength(100);
    expect(ids).toEqual([...ids].sort());
  });

  it('keeps refused events on clickstream-failed, with the reason', async () => {
    const answer = await collector.post('track', KEY, { ...view, messageId: 'refused-1' });
    expect(answer.status).toBe(400);
    const failed = (await collector.records('clickstream-failed')).find(({ key }) => String(key) === 'demo:refused-1');
    expect(String(failed?.headers['failed-reason'])).toBe('no-subject');
    expect(failed && parsed(failed)).toMatchObject({ ...view, type: 'track', messageId: 'refused-1' });
  });

  it('takes a new write key and refuses a revoked one as soon as the tenant’s record says so', async () => {
    const status = async (key: string) => (await collector.post('track', key, { ...view, userId: 1 })).status;
    expect(await status('second-key')).toBe(401);
    await collector.setKeys('demo', KEY, 'second-key');
    await until(async () => (await status('second-key')) === 200);
    await collector.setKeys('demo', KEY);
    await until(async () => (await status('second-key')) === 401);
    expect(await status(KEY)).toBe(200);
  });
});
