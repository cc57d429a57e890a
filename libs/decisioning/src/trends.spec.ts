import { ACTION, itemHash, trendSchema, type ItemId, type TenantId, type Trend } from '@offerstream/contracts';
import { mergeTrends, trendOf, Trends } from './trends.js';

const DEMO = 'demo' as TenantId;
const OTHER = 'other' as TenantId;
const START_MS = Date.UTC(2026, 10, 24, 10);
const HOUR_MS = 3_600_000;
const hashOf = (name: string): bigint => itemHash(DEMO, name as ItemId);

/** Trends of a shop with these items. */
const trendsOf = (...names: readonly string[]) => {
  const items = new Map(names.map((name) => [hashOf(name), name as ItemId]));
  const trends = new Trends((_, hash) => items.get(hash), START_MS);
  const top = (nowMs: number) =>
    trends.top(DEMO, nowMs).map(({ item, weight }) => [item, Math.round(weight * 1_000) / 1_000]);
  return { items, trends, top };
};

describe('trends', () => {
  it('weigh what shoppers do, the heaviest first', () => {
    const names = ['view', 'click', 'wishlist', 'cart', 'purchase', 'remove'] as const;
    const { trends, top } = trendsOf(...names);
    for (const name of names) trends.note(DEMO, hashOf(name), ACTION[name], START_MS);
    trends.note(DEMO, hashOf('click'), ACTION.cart, START_MS);
    expect(top(START_MS)).toEqual([
      ['purchase', 5],
      ['click', 4],
      ['cart', 3],
      ['wishlist', 2],
      ['view', 1],
    ]);
  });

  it('halve every hour, from when it happened', () => {
    const { trends, top } = trendsOf('before', 'then', 'since');
    trends.note(DEMO, hashOf('before'), ACTION.cart, START_MS - HOUR_MS);
    trends.note(DEMO, hashOf('then'), ACTION.cart, START_MS);
    trends.note(DEMO, hashOf('since'), ACTION.cart, START_MS + HOUR_MS);
    trends.note(DEMO, hashOf('since'), ACTION.view, START_MS + 2 * HOUR_MS);
    expect(top(START_MS + 2 * HOUR_MS)).toEqual([
      ['since', 2.5],
      ['then', 0.75],
      ['before', 0.375],
    ]);
  });

  it('forget what is negligible, and what is no item any more', () => {
    const { items, trends, top } = trendsOf('view', 'cart', 'gone');
    trends.note(DEMO, hashOf('view'), ACTION.view, START_MS);
    trends.note(DEMO, hashOf('cart'), ACTION.cart, START_MS);
    trends.note(DEMO, hashOf('gone'), ACTION.purchase, START_MS);
    items.delete(hashOf('gone'));
    expect(top(START_MS + 5 * HOUR_MS)).toEqual([['cart', 0.094]]);
    // What was forgotten begins anew, where it would else have 1.031.
    trends.note(DEMO, hashOf('view'), ACTION.view, START_MS + 5 * HOUR_MS);
    expect(top(START_MS + 5 * HOUR_MS)[0]).toEqual(['view', 1]);
  });

  it('know nothing of what never was an item', () => {
    const { items, trends, top } = trendsOf();
    trends.note(DEMO, hashOf('made up'), ACTION.purchase, START_MS);
    items.set(hashOf('made up'), 'made up' as ItemId);
    expect([top(START_MS), trends.takeChanged()]).toEqual([[], []]);
  });

  it('go on through days, on one scale', () => {
    const { trends, top } = trendsOf('daily', 'once');
    trends.note(DEMO, hashOf('once'), ACTION.cart, START_MS);
    for (let day = 0; day <= 100; day++) {
      trends.note(DEMO, hashOf('daily'), ACTION.cart, START_MS + day * 24 * HOUR_MS);
      expect(top(START_MS + day * 24 * HOUR_MS)[0]).toEqual(day === 0 ? ['once', 3] : ['daily', 3]);
    }
    trends.note(DEMO, hashOf('once'), ACTION.view, START_MS + 2_401 * HOUR_MS);
    expect(top(START_MS + 2_401 * HOUR_MS)).toEqual([
      ['daily', 1.5],
      ['once', 1],
    ]);
  });

  it('keep the 200 heaviest items', () => {
    const names = Array.from({ length: 300 }, (_, index) => `item-${index}`);
    const { trends, top } = trendsOf(...names);
    for (const [index, name] of names.entries())
      trends.note(DEMO, hashOf(name), ACTION.view, START_MS - ((index * 7) % 300) * 1_000);
    const kept = top(START_MS).map(([item]) => item);
    const heaviest = names.filter((_, index) => (index * 7) % 300 < 200).sort();
    expect(kept).toHaveLength(200);
    expect(kept.toSorted()).toEqual(heaviest.slice(0, 200));
    expect(kept[0]).toBe('item-0');
  });

  it('name a tenant once for what was noted of it', () => {
    const trends = new Trends(() => 'x' as ItemId, START_MS);
    trends.note(DEMO, 1n, ACTION.view, START_MS);
    trends.note(OTHER, 1n, ACTION.remove, START_MS);
    expect([trends.takeChanged(), trends.takeChanged()]).toEqual([[DEMO], []]);
    expect(trends.top(OTHER, START_MS)).toEqual([]);
    trends.note(DEMO, 1n, ACTION.view, START_MS);
    expect(trends.takeChanged()).toEqual([DEMO]);
  });
});

describe('merged trends', () => {
  const record = (source: string, atMs: number, ...items: readonly (readonly [string, number])[]) =>
    trendSchema.parse(
      trendOf(
        DEMO,
        source,
        atMs,
        items.map(([item, weight]) => ({ item: item as ItemId, weight })),
      ),
    );
  const merged = (nowMs: number, trends: readonly Trend[]) =>
    mergeTrends(trends, nowMs).map(({ item, weight }) => [item, weight]);

  it('are the sums of all sources, each decayed from its own moment', () => {
    const sources = [
      record('a', START_MS, ['shoe', 4], ['hat', 3]),
      record('b', START_MS + HOUR_MS, ['hat', 1], ['sock', 0.75]),
    ];
    expect(merged(START_MS + HOUR_MS, sources)).toEqual([
      ['hat', 2.5],
      ['shoe', 2],
      ['sock', 0.75],
    ]);
  });

  it('leave out what a source that ended saw long ago', () => {
    const sources = [
      record('ended', START_MS, ['shoe', 40], ['hat', 1]),
      record('b', START_MS + 9 * HOUR_MS, ['sock', 1]),
    ];
    expect(merged(START_MS + 9 * HOUR_MS, sources).map(([item]) => item)).toEqual(['sock', 'shoe']);
    expect(merged(START_MS + 240 * HOUR_MS, sources)).toEqual([]);
  });

  it('count a source whose clock is ahead as of now', () => {
    expect(merged(START_MS, [record('ahead', START_MS + HOUR_MS, ['shoe', 1])])).toEqual([['shoe', 1]]);
  });
});
