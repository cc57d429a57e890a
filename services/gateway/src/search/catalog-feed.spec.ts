import type { ItemId, TenantId } from '@offerstream/contracts';
import { Catalog, keepDescribed } from '@offerstream/decisioning';
import { DEMO } from '../shop.fixture.js';
import { CatalogFeed } from './catalog-feed.js';
import type { Ask } from './search-messages.js';
import { SEARCH_LOST } from './search-thread.js';

const OTHER = 'other' as TenantId;

const setUp = () => {
  const told: (readonly [TenantId, ...string[]])[] = [];
  const indexed: string[] = [];
  const answers: ((isLost: boolean) => void)[] = [];
  const feed: CatalogFeed = new CatalogFeed({
    tables: { shop: (tenant) => catalog.shop(tenant) },
    thread: {
      ask: (tenant, _kind, ask) => {
        const { changes } = ask as Ask<'change'>;
        told.push([tenant, ...changes.map(({ id, state }) => `${id}: ${state?.title ?? 'gone'}`)]);
        return new Promise((resolve, reject) =>
          answers.push((isLost) => (isLost ? reject(SEARCH_LOST) : resolve(undefined))),
        );
      },
    },
    onIndexed: (_tenant, changes) => indexed.push(...changes.map(({ id }) => id)),
  });
  const catalog = new Catalog(keepDescribed(), (tenant, item) => feed.note(tenant, item));
  return {
    told,
    indexed,
    put: (id: string, title: string | null, tenant: TenantId = DEMO) =>
      catalog.put(tenant, id as ItemId, title === null ? null : Buffer.from(JSON.stringify({ id, title }))),
    answer: async ({ isLost = false } = {}) => {
      answers.shift()?.(isLost);
      await new Promise(setImmediate);
    },
  };
};

describe('the feed of the catalog', () => {
  it('tells a change at once, and the next when that is known', async () => {
    const { told, indexed, put, answer } = setUp();
    put('bag', 'Bag');
    put('box', 'Box');
    expect([told, indexed]).toEqual([[[DEMO, 'bag: Bag']], []]);
    await answer();
    expect([told[1], indexed]).toEqual([[DEMO, 'box: Box'], ['bag']]);
    await answer();
    put('bag', null);
    expect([told[2], indexed]).toEqual([
      [DEMO, 'bag: gone'],
      ['bag', 'box'],
    ]);
  });

  it('tells what changed again meanwhile once, as it is then', async () => {
    const { told, put, answer } = setUp();
    put('first', 'First');
    put('bag', 'Bag');
    put('box', 'Box');
    put('bag', 'Sack');
    put('box', null);
    await answer();
    expect(told[1]).toEqual([DEMO, 'bag: Sack', 'box: gone']);
    await answer();
    expect(told).toHaveLength(2);
  });

  it('tells of a large catalog in slices, and of other shops between them', async () => {
    const { told, put, answer } = setUp();
    for (let number = 0; number < 300; number++) put(`i${number}`, 'Title');
    put('their', 'Title', OTHER);
    for (let slice = 0; slice < 5; slice++) await answer();
    expect(told.map(([tenant, ...items]) => [tenant, items.length])).toEqual([
      [DEMO, 1],
      [DEMO, 128],
      [OTHER, 1],
      [DEMO, 128],
      [DEMO, 43],
    ]);
    expect(new Set(told.flatMap(([tenant, ...items]) => items.map((item) => tenant + item))).size).toBe(301);
  });

  it('waits when the thread is lost, and goes on when more is noted', async () => {
    const { told, indexed, put, answer } = setUp();
    put('bag', 'Bag');
    put('box', 'Box');
    await answer({ isLost: true });
    expect([told.length, indexed]).toEqual([1, []]);
    put('bag', 'Bag');
    expect(told[1]).toEqual([DEMO, 'box: Box', 'bag: Bag']);
    await answer();
    expect(indexed).toEqual(['box', 'bag']);
  });
});
