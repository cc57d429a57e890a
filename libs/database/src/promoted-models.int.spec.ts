import type { ItemId, PromotedModel, TenantId } from '@offerstream/contracts';
import { changed, openFreshDatabase, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';

const SHOP = 'shop' as TenantId;
const model = (version: string, promotedAt: string): PromotedModel => ({
  tenant: SHOP,
  name: 'shop.behaviour',
  version,
  family: 'behaviour',
  popular: ['b', 'a'] as ItemId[],
  promotedAt,
});

let fresh: FreshDatabase;
const put = (promoted: PromotedModel) =>
  changed(fresh.database, (change) => fresh.database.promotedModels.put(change, promoted));

beforeEach(async () => {
  fresh = await openFreshDatabase();
  await changed(fresh.database, (change) =>
    fresh.database.tenants.put(change, { id: SHOP, consent: 'assumed', placements: [] }),
  );
  await takeOutbox(fresh.database);
});
afterEach(() => fresh.database.close());

it('a promoted version makes a record; the same version again keeps its time and makes none', async () => {
  const { promotedModels } = fresh.database;
  const first = model('1', '2026-03-01T00:00:00.000Z');
  const second = model('2', '2026-03-03T00:00:00.000Z');
  expect(await put(first)).toBe(true);
  expect(await put(model('1', '2026-03-02T00:00:00.000Z'))).toBe(false);
  expect(await promotedModels.get(SHOP, first.name)).toEqual(first);
  expect(await put(second)).toBe(true);
  expect(await promotedModels.list(undefined)).toEqual([second]);
  const records = await takeOutbox(fresh.database);
  expect(records).toMatchObject([{ topic: 'models', key: 'shop:shop.behaviour' }, { key: 'shop:shop.behaviour' }]);
  expect(records.map(({ value }) => JSON.parse(value ?? '') as unknown)).toEqual([first, second]);
});
