import type { CatalogItem, ItemId, TenantId } from '@offerstream/contracts';
import { ControlError } from '@offerstream/control-client';
import { Newcomers } from './newcomers.js';

const DEMO = 'demo' as TenantId;
/** A shop in which a new tent comes after the other. */
const shop = {
  newcomer: (number: number) => ({
    item: {
      id: `tents-${1_001 + number}` as ItemId,
      title: `Tent ${number}`,
      categories: ['Outdoor', 'Tents'],
      available: true,
    },
    picture: { width: 1, height: 1, data: Uint8Array.of(200, 60, 40) },
  }),
};

/** A back office that remembers what it has. */
const backOffice = () => {
  const items = new Map<string, CatalogItem>();
  const pictures = new Set<string>();
  return {
    items,
    pictures,
    control: {
      putItems: (_: TenantId, put: Iterable<CatalogItem> | AsyncIterable<CatalogItem>) => {
        for (const item of put as Iterable<CatalogItem>) items.set(item.id, item);
        return Promise.resolve({ accepted: 1, failed: 0, errors: [] });
      },
      putPicture: (_: TenantId, item: string) => {
        pictures.add(item);
        return Promise.resolve({ item, sha256: '', sourceSha256: '' });
      },
      removeItem: (_: TenantId, item: string) => {
        return items.delete(item)
          ? Promise.resolve()
          : Promise.reject(new ControlError('item-unknown', false, 'The item is not in the catalog.'));
      },
    },
  };
};

it('each is another one, with a picture, and a shop that is opened again goes on after the newest', async () => {
  const { control, items, pictures } = backOffice();
  const first = new Newcomers({ control, shop, tenant: DEMO, catalog: ['tents-12', 'running-shoes-07'] });
  const came: ItemId[] = [];
  for (let number = 0; number < 3; number++) {
    const item = await first.putNext();
    await first.givePicture(item);
    came.push(item);
  }
  expect(came).toEqual([0, 1, 2].map((number) => shop.newcomer(number).item.id));
  expect([...items.values()]).toEqual([0, 1, 2].map((number) => shop.newcomer(number).item));
  expect([...pictures]).toEqual(came);

  const again = new Newcomers({ control, shop, tenant: DEMO, catalog: items.keys() });
  expect(await again.putNext()).toBe(shop.newcomer(3).item.id);
});

it('the oldest go when there are too many', async () => {
  const { control, items } = backOffice();
  const newcomers = new Newcomers({ control, shop, tenant: DEMO, catalog: [] });
  const came: ItemId[] = [];
  while (newcomers.tooMany().length === 0) came.push(await newcomers.putNext());
  expect(came).toHaveLength(41);
  expect(newcomers.tooMany()).toEqual([came[0]]);
  await newcomers.remove(came[0] as ItemId);
  expect(newcomers.tooMany()).toEqual([]);
  expect(items.has(came[0] as string)).toBe(false);
});

it('one that somebody has taken out of the catalog keeps nobody waiting', async () => {
  const { control, items } = backOffice();
  const newcomers = new Newcomers({ control, shop, tenant: DEMO, catalog: [] });
  const item = await newcomers.putNext();
  items.delete(item);
  await newcomers.remove(item);
  expect(await newcomers.putNext()).toBe(item);
});
