import { kafkaBrokers } from '@offerstream/testing';
import { Analytics } from '@segment/analytics-node';
import { parsed, startCollector, until, type RunningCollector } from './testing/running-collector.js';

const KEY = 'segment-write-key';

let collector: RunningCollector;

beforeAll(async () => {
  collector = await startCollector(await kafkaBrokers());
  await collector.setKeys('demo', KEY);
  await until(async () => (await collector.post('batch', KEY, { batch: [] })).status === 200);
});
afterAll(() => collector.stop());

const client = (writeKey: string) => {
  const errors: unknown[] = [];
  const analytics = new Analytics({ writeKey, host: collector.url, flushAt: 4, maxRetries: 2 });
  analytics.on('error', (error) => errors.push(error));
  return { analytics, errors };
};

describe('the official client @segment/analytics-node', () => {
  it('delivers every kind of call unmodified', async () => {
    const { analytics, errors } = client(KEY);
    const timestamp = new Date('2026-01-02T03:04:05.678Z');
    analytics.track({
      userId: 'anna',
      event: 'Order Completed',
      properties: { products: [{ product_id: 'p-1' }, { product_id: 'p-2' }] },
      messageId: 'client-track',
      timestamp,
    });
    analytics.identify({ userId: 'anna', traits: { plan: 'gold' } });
    analytics.page({ userId: 'anna', name: 'Home' });
    analytics.screen({ anonymousId: 'a-1', name: 'Start' });
    analytics.group({ userId: 'anna', groupId: 'g-1', traits: { size: 7 } });
    analytics.alias({ userId: 'anna', previousId: 'a-1' });
    await analytics.flush({ close: true });

    expect(errors).toEqual([]);
    const values = (await collector.records('clickstream')).map(parsed);
    expect(values.map(({ type }) => String(type)).sort()).toEqual([
      ...['alias', 'group', 'identify', 'page', 'screen', 'track'],
    ]);
    const track = values.find(({ type }) => type === 'track');
    expect(track).toMatchObject({
      messageId: 'client-track',
      originalTimestamp: timestamp.toISOString(),
      properties: { products: [{ product_id: 'p-1' }, { product_id: 'p-2' }] },
      context: { library: { name: '@segment/analytics-node' } },
    });
    expect(Math.abs(Date.parse(String(track?.['timestamp'])) - timestamp.getTime())).toBeLessThan(60_000);
    expect(new Set(values.map(({ messageId }) => messageId)).size).toBe(6);
  });

  it('reports an unknown write key as a failed delivery', async () => {
    const { analytics, errors } = client('not-a-key');
    analytics.track({ userId: 'anna', event: 'Product Viewed', messageId: 'client-unknown' });
    await analytics.flush({ close: true });
    expect(errors).toHaveLength(1);
    expect((await collector.records('clickstream')).map((record) => parsed(record)['messageId'])).not.toContain(
      'client-unknown',
    );
  });
});
