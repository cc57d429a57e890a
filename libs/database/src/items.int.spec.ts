import type { CatalogItem, ItemId, TenantId } from '@offerstream/contracts';
import pg from 'pg';
import { openFreshDatabase, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';

const TENANT = 'shop' as TenantId;
const item = (id: string, fields: Partial<CatalogItem> = {}): CatalogItem => ({
  id: id as ItemId,
  categories: ['Shoes', 'Running'],
  available: true,
  ...fields,
});

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
  await fresh.database.tenants.put({ id: TENANT, consent: 'assumed', placements: [] });
  await takeOutbox(fresh.database);
});
afterEach(() => fresh.database.close());

it('stores every field, known or not, and gives back the same item', async () => {
  const { items } = fresh.database;
  const full = item('r1', { title: 'Runner', price: 19.9, currency: 'EUR', color: 'red', sizes: { eu: [41, 42] } });
  expect(await items.put(TENANT, [full])).toBe(1);
  expect(await items.get(TENANT, full.id)).toEqual({ item: full, version: 1 });
  const [record] = await takeOutbox(fresh.database);
  expect(record).toMatchObject({ topic: 'catalog', key: 'shop:r1' });
  expect(JSON.parse(record?.value ?? '')).toEqual(full);
});

it('leaves an item that is the same already alone: same version, no record', async () => {
  const { items } = fresh.database;
  await items.put(TENANT, [item('a', { x: 1, y: 2 }), item('b')]);
  await takeOutbox(fresh.database);
  expect(await items.put(TENANT, [item('a', { y: 2, x: 1 }), item('b', { price: 1 })])).toBe(1);
  expect((await takeOutbox(fresh.database)).map(({ key }) => key)).toEqual(['shop:b']);
  expect((await items.get(TENANT, 'a' as ItemId))?.version).toBe(1);
  expect((await items.get(TENANT, 'b' as ItemId))?.version).toBe(2);
});

it('a replaced item loses the fields that the replacement does not have', async () => {
  const { items } = fresh.database;
  await items.put(TENANT, [item('a', { title: 'Old', price: 1, extra: true })]);
  await items.put(TENANT, [item('a')]);
  expect((await items.get(TENANT, 'a' as ItemId))?.item).toEqual(item('a'));
});

it('of several items with one id in a call the last counts', async () => {
  expect(await fresh.database.items.put(TENANT, [item('a', { price: 1 }), item('a', { price: 2 })])).toBe(1);
  expect((await takeOutbox(fresh.database)).map(({ value }) => JSON.parse(value ?? '') as unknown)).toEqual([
    item('a', { price: 2 }),
  ]);
});

it('a removed item leaves a tombstone, one that was not there leaves nothing', async () => {
  const { items } = fresh.database;
  await items.put(TENANT, [item('a')]);
  await takeOutbox(fresh.database);
  expect(await items.remove(TENANT, 'a' as ItemId)).toBe(true);
  expect(await items.remove(TENANT, 'a' as ItemId)).toBe(false);
  expect(await takeOutbox(fresh.database)).toMatchObject([{ topic: 'catalog', key: 'shop:a', value: null }]);
});

it('pages through a catalog by id without a gap or a repeat', async () => {
  const { items } = fresh.database;
  const ids = Array.from({ length: 7 }, (_, index) => `i${index}`);
  await items.put(
    TENANT,
    ids.map((id) => item(id)),
  );
  const seen: string[] = [];
  let after: ItemId | undefined;
  do {
    const page = await items.list(TENANT, { after, limit: 3 });
    seen.push(...page.items.map((stored) => stored.item.id));
    after = page.next;
  } while (after !== undefined);
  expect(seen).toEqual(ids);
});

it('concurrent changes of the same items leave the outbox in the order in which they were committed', async () => {
  const { items } = fresh.database;
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const writers = Array.from({ length: 6 }, async (_, writer) => {
    for (let round = 0; round < 25; round++) {
      const order = writer % 2 === 0 ? ids : [...ids].reverse();
      if (round % 8 === 7) await items.remove(TENANT, 'c' as ItemId);
      else
        await items.put(
          TENANT,
          order.map((id) => item(id, { price: writer * 1_000 + round })),
        );
    }
  });
  await Promise.all(writers);
  const last = new Map((await takeOutbox(fresh.database)).map(({ key, value }) => [key, value]));
  for (const id of ids) {
    const stored = await items.get(TENANT, id as ItemId);
    const value = last.get(`shop:${id}`) ?? null;
    expect(value === null ? undefined : (JSON.parse(value) as unknown)).toEqual(stored?.item);
  }
});

it.each([
  ['a put', () => fresh.database.items.put(TENANT, [item('a', { price: 3 })])],
  ['a removal', () => fresh.database.items.remove(TENANT, 'a' as ItemId)],
])('%s that waited for an earlier change stands behind it in the outbox', async (_name, change) => {
  await fresh.database.items.put(TENANT, [item('a', { price: 1 })]);
  await takeOutbox(fresh.database);
  const earlier = new pg.Client({ connectionString: fresh.url });
  await earlier.connect();
  await earlier.query("BEGIN; UPDATE items SET price = 2 WHERE id = 'a'");
  const waiting = change();
  await someoneWaitsForALock(earlier);
  await earlier.query("INSERT INTO outbox (topic, key, value) VALUES ('catalog', 'shop:a', 'earlier'); COMMIT");
  await waiting;
  await earlier.end();
  const records = await takeOutbox(fresh.database);
  expect(records).toHaveLength(2);
  expect(records[0]?.value).toBe('earlier');
});

const someoneWaitsForALock = async (client: pg.Client): Promise<void> => {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await client.query(waiting)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
};
