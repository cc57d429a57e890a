import type { CatalogItem, ItemId, TenantId } from '@offerstream/contracts';
import pg from 'pg';
import { changed, openFreshDatabase, SOMEBODY, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';
import { MAX_ITEMS } from './items.js';

const TENANT = 'shop' as TenantId;
const item = (id: string, fields: Partial<CatalogItem> = {}): CatalogItem => ({
  id: id as ItemId,
  categories: ['Shoes', 'Running'],
  available: true,
  ...fields,
});

let fresh: FreshDatabase;
const remove = (id: string, ifVersion?: number) =>
  changed(fresh.database, (change) => fresh.database.items.remove(change, TENANT, id as ItemId, ifVersion));
const putOne = (put: CatalogItem, ifVersion?: number) =>
  changed(fresh.database, (change) => fresh.database.items.putOne(change, TENANT, put, ifVersion));

beforeEach(async () => {
  fresh = await openFreshDatabase();
  await changed(fresh.database, (change) =>
    fresh.database.tenants.put(change, { id: TENANT, consent: 'assumed', placements: [] }),
  );
  await takeOutbox(fresh.database);
});
afterEach(() => fresh.database.close());

it('stores every field, known or not, and gives back the same item', async () => {
  const { items } = fresh.database;
  const full = item('r1', { title: 'Runner', price: 19.9, currency: 'EUR', color: 'red', sizes: { eu: [41, 42] } });
  expect(await items.put(SOMEBODY, TENANT, [full])).toBe(1);
  expect(await items.get(TENANT, full.id)).toEqual({ item: full, version: 1 });
  const [record] = await takeOutbox(fresh.database);
  expect(record).toMatchObject({ topic: 'catalog', key: 'shop:r1' });
  expect(JSON.parse(record?.value ?? '')).toEqual(full);
});

it('leaves an item that is the same already alone: same version, no record', async () => {
  const { items } = fresh.database;
  await items.put(SOMEBODY, TENANT, [item('a', { x: 1, y: 2 }), item('b')]);
  await takeOutbox(fresh.database);
  expect(await items.put(SOMEBODY, TENANT, [item('a', { y: 2, x: 1 }), item('b', { price: 1 })])).toBe(1);
  expect((await takeOutbox(fresh.database)).map(({ key }) => key)).toEqual(['shop:b']);
  expect((await items.get(TENANT, 'a' as ItemId))?.version).toBe(1);
  expect((await items.get(TENANT, 'b' as ItemId))?.version).toBe(2);
});

it('a replaced item loses the fields that the replacement does not have', async () => {
  const { items } = fresh.database;
  await items.put(SOMEBODY, TENANT, [item('a', { title: 'Old', price: 1, extra: true })]);
  await items.put(SOMEBODY, TENANT, [item('a')]);
  expect((await items.get(TENANT, 'a' as ItemId))?.item).toEqual(item('a'));
});

it('of several items with one id in a call the last counts', async () => {
  expect(await fresh.database.items.put(SOMEBODY, TENANT, [item('a', { price: 1 }), item('a', { price: 2 })])).toBe(1);
  expect((await takeOutbox(fresh.database)).map(({ value }) => JSON.parse(value ?? '') as unknown)).toEqual([
    item('a', { price: 2 }),
  ]);
});

it('a removed item leaves a tombstone, one that was not there leaves nothing', async () => {
  const { items } = fresh.database;
  await items.put(SOMEBODY, TENANT, [item('a')]);
  await takeOutbox(fresh.database);
  expect(await remove('a')).toBe('removed');
  expect(await remove('a')).toBeUndefined();
  expect(await takeOutbox(fresh.database)).toMatchObject([{ topic: 'catalog', key: 'shop:a', value: null }]);
});

it('a version that is not the current one changes nothing', async () => {
  expect(await putOne(item('a'), 1)).toEqual({ outcome: 'conflict', current: undefined });
  expect(await putOne(item('a'))).toEqual({ outcome: 'stored', stored: { item: item('a'), version: 1 } });
  expect(await putOne(item('a', { price: 2 }), 1)).toMatchObject({ outcome: 'stored', stored: { version: 2 } });
  await takeOutbox(fresh.database);
  expect(await putOne(item('a', { price: 3 }), 1)).toEqual({ outcome: 'conflict', current: 2 });
  expect(await remove('a', 1)).toBe(2);
  expect(await takeOutbox(fresh.database)).toEqual([]);
  expect(await remove('a', 2)).toBe('removed');
});

it('of two who change the version that both have read, one does', async () => {
  await putOne(item('a'));
  const puts = await Promise.all([putOne(item('a', { price: 1 }), 1), putOne(item('a', { price: 2 }), 1)]);
  expect(puts.map(({ outcome }) => outcome).sort()).toEqual(['conflict', 'stored']);
});

it('many items make one audit record, of those that changed', async () => {
  const { items, audit } = fresh.database;
  await putOne(item('a'));
  await items.put(SOMEBODY, TENANT, [item('a'), item('b'), item('c')]);
  await items.put(SOMEBODY, TENANT, [item('a'), item('b')]);
  await remove('b');
  const { records } = await audit.list(TENANT, { before: undefined, limit: 4 });
  expect(records.map(({ target, summary }) => ({ target, summary }))).toEqual([
    { target: 'item b', summary: { removed: true } },
    { target: 'catalog', summary: { items: 2 } },
    { target: 'item a', summary: { items: 1 } },
    { target: 'tenant shop', summary: { consent: 'assumed', placements: [], pictureHosts: [] } },
  ]);
  expect(records[1]).toMatchObject({ principal: SOMEBODY.principal, requestId: SOMEBODY.requestId, at: SOMEBODY.at });
});

it('pages through a catalog by id without a gap or a repeat', async () => {
  const { items } = fresh.database;
  const ids = Array.from({ length: 7 }, (_, index) => `i${index}`);
  await items.put(
    SOMEBODY,
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
      if (round % 8 === 7) await remove('c');
      else
        await items.put(
          SOMEBODY,
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
  ['a put', () => fresh.database.items.put(SOMEBODY, TENANT, [item('a', { price: 3 })])],
  ['a removal', () => remove('a')],
])('%s that waited for an earlier change stands behind it in the outbox', async (_name, change) => {
  await fresh.database.items.put(SOMEBODY, TENANT, [item('a', { price: 1 })]);
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

it('a tenant has no more items than it may, and those that it has can be replaced', async () => {
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  await client.query(
    `INSERT INTO items (tenant, id, categories, available, attributes, version)
     SELECT $1, 'full-' || number, '{}', true, '{}', 1 FROM generate_series(1, $2::int - 1) AS number`,
    [TENANT, MAX_ITEMS],
  );
  await client.end();
  const { items } = fresh.database;
  expect(await items.put(SOMEBODY, TENANT, [item('a'), item('b')])).toBe('too-many');
  expect(await items.get(TENANT, 'a' as ItemId)).toBeUndefined();
  expect(await items.put(SOMEBODY, TENANT, [item('a'), item('a', { price: 1 }), item('full-1')])).toBe(2);
  expect(await putOne(item('b'))).toEqual({ outcome: 'too-many' });
  expect(await putOne(item('a', { price: 2 }))).toMatchObject({ outcome: 'stored' });
  await remove('a');
  expect(await putOne(item('b'))).toMatchObject({ outcome: 'stored' });
}, 240_000);
