import type { ItemId, PromotedModel, TenantId } from '@offerstream/contracts';
import { changed, openFreshDatabase, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';
import { MAX_MODELS } from './promoted-models.js';

const SHOP = 'shop' as TenantId;
const model = (version: string, promotedAt: string): PromotedModel => ({
  tenant: SHOP,
  name: 'shop.behaviour',
  version,
  family: 'behaviour',
  popular: ['b', 'a'] as ItemId[],
  promotedAt,
});

const ALL = { after: undefined, limit: 1_000 };

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
  expect(await promotedModels.list(undefined, ALL)).toEqual({ models: [second] });
  const records = await takeOutbox(fresh.database);
  expect(records).toMatchObject([{ topic: 'models', key: 'shop:shop.behaviour' }, { key: 'shop:shop.behaviour' }]);
  expect(records.map(({ value }) => JSON.parse(value ?? '') as unknown)).toEqual([first, second]);
});

it('a tenant has no more models than it may, and those that it has can be promoted', async () => {
  const named = (name: string, version: string) => ({ ...model(version, '2026-03-01T00:00:00.000Z'), name });
  for (let count = 1; count <= MAX_MODELS; count++) expect(await put(named(`shop.m${count}`, '1'))).toBe(true);
  expect(await put(named('shop.one-more', '1'))).toBe('too-many');
  expect((await fresh.database.promotedModels.list(SHOP, ALL)).models).toHaveLength(MAX_MODELS);
  expect(await put(named('shop.m1', '2'))).toBe(true);
});

it('are listed in pages by name, of one tenant or of all', async () => {
  const other = 'other' as TenantId;
  await changed(fresh.database, (change) =>
    fresh.database.tenants.put(change, { id: other, consent: 'assumed', placements: [] }),
  );
  const promoted = model('1', '2026-03-01T00:00:00.000Z');
  await put({ ...promoted, tenant: other, name: 'other.a' });
  for (const name of ['shop.a', 'shop.b']) await put({ ...promoted, name });
  const page = async (tenant: TenantId | undefined, after?: string) => {
    const { models, next } = await fresh.database.promotedModels.list(tenant, { after, limit: 2 });
    return [models.map(({ name }) => name), next];
  };
  expect(await page(undefined)).toEqual([['other.a', 'shop.a'], 'shop.a']);
  expect(await page(undefined, 'shop.a')).toEqual([['shop.b'], undefined]);
  expect(await page(SHOP)).toEqual([['shop.a', 'shop.b'], undefined]);
});
