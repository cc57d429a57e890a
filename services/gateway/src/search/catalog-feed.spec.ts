import type { ItemId, TenantId } from '@offerstream/contracts';
import { Catalog, keepDescribed } from '@offerstream/decisioning';
import { DEMO } from '../shop.fixture.js';
import { CatalogFeed } from './catalog-feed.js';
import type { Ask } from './search-messages.js';

const setUp = () => {
  const told: (readonly [TenantId, ...string[]])[] = [];
  const answers: (() => void)[] = [];
  const feed: CatalogFeed = new CatalogFeed({
    tables: { shop: (tenant) => catalog.shop(tenant) },
    thread: {
      ask: (tenant, _kind, ask) => {
        const { changes } = ask as Ask<'change'>;
        told.push([tenant, ...changes.map(({ id, state }) => `${id}: ${state?.title ?? 'gone'}`)]);
        return new Promise((resolve) => answers.push(() => resolve(undefined)));
      },
    },
  });
  const catalog = new Catalog(keepDescribed(), (tenant, item) => feed.note(tenant, item));
  return {
    told,
    put: (id: string, title: string | null) =>
      catalog.put(DEMO, id as ItemId, title === null ? null : Buffer.from(JSON.stringify({ id, title }))),
    answer: async () => {
      answers.shift()?.();
      await new Promise(setImmediate);
    },
  };
};

it('a change is told at once, and the next when that is known', async () => {
  const { told, put, answer } = setUp();
  put('bag', 'Bag');
  put('box', 'Box');
  expect(told).toEqual([[DEMO, 'bag: Bag']]);
  await answer();
  expect(told[1]).toEqual([DEMO, 'box: Box']);
  await answer();
  put('bag', null);
  expect(told[2]).toEqual([DEMO, 'bag: gone']);
});

it('what changed again meanwhile is told once, as it is then', async () => {
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
