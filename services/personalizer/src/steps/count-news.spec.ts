import { Trends } from '@offerstream/decisioning';
import type { DecidedVisit } from '../visit.js';
import { batchOf, decidedVisit, DEMO, element, hashOf, item, NOW_MS, record, tenant } from '../shop.fixture.js';
import { countNews } from './count-news.js';

const count = (...visits: readonly DecidedVisit[]) => {
  const counted: unknown[][] = [];
  const trends = new Trends((_, hash) => (hash === hashOf('shoe') ? item('shoe') : item('sock')), NOW_MS);
  const step = countNews({ count: (...each) => counted.push(each) }, trends);
  for (const visit of visits) expect(step(visit, record(), batchOf([]))).toEqual({ kind: 'ok', value: visit });
  return { counted, trends };
};

describe('counting news', () => {
  it('counts a tenant’s events, and what they act on as of when it happened', () => {
    const HOUR_MS = 3_600_000;
    const news = [
      element(1, { timeMs: NOW_MS }),
      element(2, { timeMs: NOW_MS - HOUR_MS, interactions: [{ itemHash: hashOf('sock'), action: 4 }] }),
      element(3, { interactions: [] }),
    ];
    const other = tenant({ id: 'other' });
    const { counted, trends } = count(decidedVisit({ news }), decidedVisit({ tenant: other, news: [element(4)] }));
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

  it('counts nothing of a visit without news', () => {
    const { counted, trends } = count(decidedVisit({ news: [], events: [element(1)] }));
    expect([counted, trends.takeChanged()]).toEqual([[], []]);
  });
});
