import { SearchCounts, Trends } from '@offerstream/decisioning';
import type { SubjectId } from '@offerstream/contracts';
import type { DecidedVisit } from '../visit.js';
import { batchOf, decidedVisit, DEMO, element, elementsOf, hashOf, item, NOW_MS, tenant } from '../shop.fixture.js';
import { countNews } from './count-news.js';

const setUp = () => {
  const counted: unknown[][] = [];
  const trends = new Trends((_, hash) => (hash === hashOf('shoe') ? item('shoe') : item('sock')), NOW_MS);
  const flush = Promise.withResolvers<undefined>();
  const searches = new SearchCounts(NOW_MS);
  const step = countNews(
    { flushed: () => flush.promise },
    { count: (...each) => counted.push(each) },
    trends,
    searches,
  );
  return {
    counted,
    trends,
    searches,
    flush: async (): Promise<void> => {
      flush.resolve(undefined);
      await flush.promise;
    },
    run: async (...visits: readonly DecidedVisit[]): Promise<void> => {
      const elements = elementsOf(...visits);
      expect(await step(elements, batchOf(elements))).toEqual(visits.map((value) => ({ kind: 'ok', value })));
    },
  };
};

describe('counting news', () => {
  it('counts a tenant’s events, and what they act on as of when it happened', async () => {
    const HOUR_MS = 3_600_000;
    const news = [
      element(1, { timeMs: NOW_MS }),
      element(2, { timeMs: NOW_MS - HOUR_MS, interactions: [{ itemHash: hashOf('sock'), action: 4 }] }),
      element(3, { interactions: [] }),
    ];
    const other = tenant({ id: 'other' });
    const { counted, trends, flush, run } = setUp();
    await run(decidedVisit({ news }), decidedVisit({ tenant: other, news: [element(4)] }));
    await flush();
    expect(counted).toEqual([
      [DEMO, 'events', 3],
      ['other', 'events', 1],
    ]);
    expect(trends.top(DEMO, NOW_MS)).toEqual([
      { item: 'sock', weight: 1.5 },
      { item: 'shoe', weight: 1 },
    ]);
    expect(trends.takeChanged()).toEqual([DEMO, 'other']);
  });

  it('counts what a tenant’s shoppers search for', async () => {
    const { searches, flush, run } = setUp();
    for (const subject of ['anna', 'ben', 'cleo'] as SubjectId[])
      await run(decidedVisit({ news: [element(1, { subject, query: 'red shoe', interactions: [] })] }));
    expect(searches.top(DEMO, NOW_MS)).toEqual([]);
    await flush();
    expect(searches.top(DEMO, NOW_MS).map(({ query }) => query)).toEqual(['red shoe']);
  });

  it('counts nothing of a visit without news', async () => {
    const { counted, trends, flush, run } = setUp();
    await run(decidedVisit({ news: [], events: [element(1)] }));
    await flush();
    expect([counted, trends.takeChanged()]).toEqual([[], []]);
  });

  it('counts nothing that a crash could still undo, and keeps the batch waiting for nothing', async () => {
    const { counted, trends, flush, run } = setUp();
    await run(decidedVisit({ news: [element(1)] }));
    expect([counted, trends.takeChanged()]).toEqual([[], []]);
    await flush();
    expect([counted, trends.takeChanged()]).toEqual([[[DEMO, 'events', 1]], [DEMO]]);
  });
});
