import { searchesSchema, type Searches, type SubjectId, type TenantId } from '@offerstream/contracts';
import { areSearchesSpent, mergeSearches, SearchCounts, searchesOf } from './searches.js';

const DEMO = 'demo' as TenantId;
const OTHER = 'other' as TenantId;
const START_MS = Date.UTC(2026, 10, 24, 10);
const WEEK_MS = 7 * 86_400_000;

const search = (
  counts: SearchCounts,
  query: string,
  shoppers: readonly string[],
  { tenant = DEMO, timeMs = START_MS } = {},
) => {
  for (const shopper of shoppers) counts.note(tenant, shopper as SubjectId, query, timeMs);
};
const rounded = (queries: Iterable<readonly [string, number]>) =>
  Array.from(queries, ([query, count]) => [query, Math.round(count * 1_000) / 1_000]);
const topOf = (counts: SearchCounts, nowMs = START_MS, tenant = DEMO) =>
  rounded(counts.top(tenant, nowMs).map(({ query, count }) => [query, count] as const));

describe('what shoppers search for', () => {
  it('is told when three different ones searched for it, however often one did', () => {
    const counts = new SearchCounts(START_MS);
    search(counts, 'red shoe', ['anna', 'anna', 'ben', 'anna', 'ben']);
    expect([topOf(counts), counts.takeChanged()]).toEqual([[], []]);
    search(counts, 'red shoe', ['cleo']);
    expect([topOf(counts), counts.takeChanged()]).toEqual([[['red shoe', 3]], [DEMO]]);
    search(counts, 'red shoe', ['cleo', 'ben', 'anna']);
    expect([topOf(counts), counts.takeChanged()]).toEqual([[['red shoe', 3]], []]);
    search(counts, 'red shoe', ['dora', 'anna']);
    expect(topOf(counts)).toEqual([['red shoe', 5]]);
  });

  it('is one query, however it was typed', () => {
    const counts = new SearchCounts(START_MS);
    search(counts, ' Red\t SHOE ', ['anna']);
    search(counts, 'red\u0000shoe\u001b', ['ben']);
    search(counts, 'red shoe', ['cleo']);
    expect(topOf(counts)).toEqual([['red shoe', 3]]);
  });

  it('is nothing where nothing, or too much, was typed', () => {
    const counts = new SearchCounts(START_MS);
    for (const query of ['', ' '.repeat(200), '\u0007', 'x'.repeat(65), ' '.repeat(1_000_000)])
      search(counts, query, ['anna', 'ben', 'cleo']);
    expect([topOf(counts), counts.takeChanged()]).toEqual([[], []]);
    search(counts, 'x'.repeat(64), ['anna', 'ben', 'cleo']);
    expect(topOf(counts)).toHaveLength(1);
  });

  it('halves every week, from when it happened, and is forgotten in the end', () => {
    const counts = new SearchCounts(START_MS);
    search(counts, 'red shoe', ['anna', 'ben'], { timeMs: START_MS - WEEK_MS });
    search(counts, 'red shoe', ['cleo', 'dora', 'eve']);
    expect(topOf(counts, START_MS + WEEK_MS)).toEqual([['red shoe', 2]]);
    expect(topOf(counts, START_MS + 5 * WEEK_MS)).toEqual([]);
    // Whoever searched is forgotten, too.
    search(counts, 'red shoe', ['fred'], { timeMs: START_MS + 5 * WEEK_MS });
    expect(topOf(counts, START_MS + 5 * WEEK_MS)).toEqual([]);
  });

  it('is each shop’s own', () => {
    const counts = new SearchCounts(START_MS);
    search(counts, 'red shoe', ['anna', 'ben']);
    search(counts, 'red shoe', ['cleo', 'dora', 'eve'], { tenant: OTHER });
    expect([topOf(counts), topOf(counts, START_MS, OTHER)]).toEqual([[], [['red shoe', 3]]]);
    expect(counts.takeChanged()).toEqual([OTHER]);
  });

  it('is bounded: what few search for makes room, what many do stays', () => {
    const counts = new SearchCounts(START_MS);
    search(counts, 'red shoe', ['anna', 'ben', 'cleo']);
    for (let made = 0; made < 30_000; made++) search(counts, `made up ${made}`, ['mallory']);
    expect(topOf(counts)).toEqual([['red shoe', 3]]);
    for (let made = 0; made < 600; made++) search(counts, `many ${made}`, ['anna', 'ben', 'cleo']);
    expect(counts.top(DEMO, START_MS)).toHaveLength(500);
    // The first ones of what was made up are gone, so that two of three shoppers are not there any more.
    search(counts, 'made up 1', ['anna', 'ben']);
    expect(counts.top(DEMO, START_MS).some(({ query }) => query === 'made up 1')).toBe(false);
  });
});

describe('records of searches', () => {
  const record = (atMs: number, queries: Readonly<Record<string, number>>): Searches =>
    searchesSchema.parse(
      searchesOf(
        DEMO,
        'run-1',
        atMs,
        Object.entries(queries).map(([query, count]) => ({ query, count })),
      ),
    );

  it('add up, as far as they count by then', () => {
    const merged = mergeSearches(
      [record(START_MS, { 'red shoe': 4, sock: 3 }), record(START_MS - WEEK_MS, { 'red shoe': 8, hat: 20, old: 0.3 })],
      START_MS,
    );
    expect(rounded(merged)).toEqual([
      ['hat', 10],
      ['red shoe', 8],
      ['sock', 3],
    ]);
  });

  it('are spent when nothing of them counts', () => {
    const searches = record(START_MS, { 'red shoe': 3, sock: 0.3 });
    expect(areSearchesSpent(searches, START_MS + 3 * WEEK_MS)).toBe(false);
    expect(areSearchesSpent(searches, START_MS + 4 * WEEK_MS)).toBe(true);
  });
});
