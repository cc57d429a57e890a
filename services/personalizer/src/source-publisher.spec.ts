import { jest } from '@jest/globals';
import { trendSchema, type TenantId, type Trend } from '@offerstream/contracts';
import { trendOf, Trends } from '@offerstream/decisioning';
import { DEMO, hashOf, item, NOW_MS } from './shop.fixture.js';
import { SourcePublisher } from './source-publisher.js';

const setUp = (answer: () => Promise<void> = () => Promise.resolve()) => {
  const trends = new Trends(() => item('shoe'), NOW_MS);
  const sent: (readonly [string, Trend])[] = [];
  const failures: unknown[] = [];
  let nowMs = NOW_MS;
  const publisher = new SourcePublisher<Trend>({
    takeChanged: () => trends.takeChanged(),
    valueOf: (tenant, source, atMs) => trendOf(tenant, source, atMs, trends.top(tenant, atMs)),
    source: 'run-1',
    send: (key, value) => {
      sent.push([key, value]);
      return answer();
    },
    nowMs: () => nowMs,
    onFailed: (error) => failures.push(error),
  });
  const note = (tenant: string = DEMO) => trends.note(tenant as TenantId, hashOf('shoe'), 4, NOW_MS);
  return { publisher, sent, failures, note, pass: (ms: number) => (nowMs += ms) };
};

describe('the publisher of a source', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('sends a record of each tenant with changes, under the tenant and this run', async () => {
    const { publisher, sent, note, pass } = setUp();
    note();
    note('other');
    pass(3_600_000);
    await publisher.publish();
    expect(sent.map(([key]) => key)).toEqual(['demo:run-1', 'other:run-1']);
    const [[, value] = []] = sent;
    expect(value).toEqual({
      tenant: DEMO,
      source: 'run-1',
      at: '2026-11-24T11:00:00.000Z',
      halfLifeSeconds: 3_600,
      items: [{ item: 'shoe', weight: 1.5 }],
    });
    expect(trendSchema.parse(value)).toEqual(value);
  });

  it('sends nothing of tenants without changes', async () => {
    const { publisher, sent, note } = setUp();
    note();
    await publisher.publish();
    await publisher.publish();
    expect(sent).toHaveLength(1);
  });

  it('publishes every ten seconds, one round at a time, until it is closed', async () => {
    jest.useFakeTimers();
    let acknowledge: () => void = () => undefined;
    const { publisher, sent, note } = setUp(() => new Promise((resolve) => (acknowledge = resolve)));
    publisher.start();
    note();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(1);
    note();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(sent).toHaveLength(1);
    acknowledge();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(2);
    acknowledge();
    publisher.close();
    note();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(sent).toHaveLength(2);
  });

  it('says what failed, and tries again with the next change', async () => {
    jest.useFakeTimers();
    let answer = (): Promise<void> => Promise.reject(new Error('full'));
    const { publisher, sent, failures, note } = setUp(() => answer());
    publisher.start();
    note();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(failures).toEqual([new Error('full')]);
    answer = () => Promise.resolve();
    note();
    await jest.advanceTimersByTimeAsync(10_000);
    expect([sent.length, failures.length]).toEqual([2, 1]);
    publisher.close();
  });
});
