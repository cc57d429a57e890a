import { startOwnKafka } from '@offerstream/testing';
import { Analytics } from '@segment/analytics-node';
import { parsed, startCollector, until } from './testing/running-collector.js';

const KEY = 'a-write-key';

it('answers 503 with Retry-After while Kafka is away, has lost nothing that it acknowledged, and heals by itself', async () => {
  const kafka = await startOwnKafka();
  const collector = await startCollector(kafka.brokers);
  try {
    await collector.setKeys('demo', KEY);
    await until(async () => (await collector.post('batch', KEY, { batch: [] })).status === 200);

    const acknowledged: string[] = [];
    const refusals: { readonly status: number; readonly retryAfter: string | null }[] = [];
    let sent = 0;
    let sending = true;
    const sender = async (): Promise<void> => {
      while (sending) {
        const messageId = `m-${++sent}`;
        const event = { event: 'Product Viewed', userId: `s-${sent % 50}`, messageId };
        const answer = await collector.post('track', KEY, event);
        await answer.arrayBuffer();
        if (answer.status === 200) acknowledged.push(messageId);
        else refusals.push({ status: answer.status, retryAfter: answer.headers.get('retry-after') });
      }
    };
    const senders = Array.from({ length: 16 }, sender);

    await until(() => acknowledged.length > 300);
    await kafka.kill();
    const beforeOutage = acknowledged.length;
    await until(() => refusals.length > 48);
    expect(acknowledged.length - beforeOutage).toBeLessThanOrEqual(16);
    expect(collector.health.ready().ok).toBe(false);

    const client = new Analytics({ writeKey: KEY, host: collector.url, maxRetries: 20 });
    client.track({ userId: 'anna', event: 'Product Viewed', messageId: 'sent-during-the-outage' });
    const flushed = client.flush({ close: true });

    await kafka.restart();
    await until(() => acknowledged.length > beforeOutage + 300);
    sending = false;
    await Promise.all(senders);
    await flushed;

    expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([503]));
    expect(new Set(refusals.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['1']));

    const written = (await collector.records('clickstream')).map((record) => String(parsed(record)['messageId']));
    const found = new Set(written);
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    const bySenders = written.filter((id) => id.startsWith('m-'));
    expect(bySenders).toHaveLength(new Set(bySenders).size);
    expect(found).toContain('sent-during-the-outage');
    await until(() => collector.health.ready().ok);
  } finally {
    await collector.stop();
    await kafka.stop();
  }
});
