import type { TenantId } from '@offerstream/contracts';
import { DEMO, NOW_MS } from '../shop.fixture.js';
import { TrendTable } from './trend-table.js';

const trend = (source: string, weights: Readonly<Record<string, number>>): Buffer =>
  Buffer.from(
    JSON.stringify({
      tenant: DEMO,
      source,
      at: new Date(NOW_MS).toISOString(),
      halfLifeSeconds: 3_600,
      items: Object.entries(weights).map(([item, weight]) => ({ item, weight })),
    }),
  );

describe('the table of trends', () => {
  it('sums a tenant’s sources, the newest record of each', () => {
    const table = new TrendTable();
    table.put('demo:a', trend('a', { shoe: 100 }));
    table.put('demo:a', trend('a', { shoe: 2, sock: 3 }));
    table.put('demo:b', trend('b', { shoe: 2 }));
    expect(table.top(DEMO, NOW_MS)).toEqual([
      { item: 'shoe', weight: 4 },
      { item: 'sock', weight: 3 },
    ]);
    expect(table.top('other' as TenantId, NOW_MS)).toEqual([]);
  });

  it('forgets a source that ended, and refuses what is none of this topic', () => {
    const table = new TrendTable();
    table.put('demo:a', trend('a', { shoe: 2 }));
    expect(table.put('no-tenant', trend('a', { shoe: 2 }))).toContain('key');
    expect(() => table.put('demo:a', Buffer.from('{}'))).toThrow();
    expect(table.top(DEMO, NOW_MS)).toHaveLength(1);
    table.put('demo:a', null);
    expect(table.top(DEMO, NOW_MS)).toEqual([]);
  });
});
