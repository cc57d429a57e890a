import type { TenantId } from '@offerstream/contracts';
import { DEMO, NOW_MS } from '../shop.fixture.js';
import { TrendTable } from './trend-table.js';

const HOUR_MS = 3_600_000;

const trend = (source: string, weights: Readonly<Record<string, number>>, atMs = NOW_MS): Buffer =>
  Buffer.from(
    JSON.stringify({
      tenant: DEMO,
      source,
      at: new Date(atMs).toISOString(),
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
    expect(table.put('other:a', trend('a', { shoe: 2 }))).toContain("another tenant's");
    expect(() => table.put('demo:a', Buffer.from('{}'))).toThrow();
    expect(table.top(DEMO, NOW_MS)).toHaveLength(1);
    table.put('demo:a', null);
    expect(table.top(DEMO, NOW_MS)).toEqual([]);
  });

  it('forgets sources of which nothing counts any more, when another speaks up or somebody asks', () => {
    const table = new TrendTable();
    for (const source of ['a', 'b']) table.put(`demo:${source}`, trend(source, { shoe: 1 }));
    table.put('demo:busy', trend('busy', { shoe: 64 }));
    expect(table.top(DEMO, NOW_MS)).toEqual([{ item: 'shoe', weight: 66 }]);
    table.put('demo:c', trend('c', { sock: 1 }, NOW_MS + 6 * HOUR_MS));
    // Asked as of before: who is remembered still counts in full.
    expect(table.top(DEMO, NOW_MS)).toEqual([
      { item: 'shoe', weight: 64 },
      { item: 'sock', weight: 1 },
    ]);
    expect(table.top(DEMO, NOW_MS + 24 * HOUR_MS)).toEqual([]);
    expect(table.top(DEMO, NOW_MS)).toEqual([]);
  });

  it('makes a list once a second, and anew when a source speaks up', () => {
    const table = new TrendTable();
    table.put('demo:a', trend('a', { shoe: 2 }));
    const list = table.top(DEMO, NOW_MS);
    expect(table.top(DEMO, NOW_MS + 999)).toBe(list);
    expect(table.top(DEMO, NOW_MS + 1_000)).not.toBe(list);
    table.put('demo:a', trend('a', { shoe: 3 }));
    expect(table.top(DEMO, NOW_MS + 1_000)).toEqual([{ item: 'shoe', weight: expect.closeTo(3, 2) as number }]);
  });
});
