import { createHash } from 'node:crypto';
import type { CatalogItem, ItemId, TenantId } from '@offerstream/contracts';
import { changed, openFreshDatabase, SOMEBODY, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';

const TENANT = 'shop' as TenantId;
const OTHER = 'other' as TenantId;
const id = (text: string) => text as ItemId;
const item = (text: string): CatalogItem => ({ id: id(text), categories: [], available: true });
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
  for (const tenant of [TENANT, OTHER]) {
    await changed(fresh.database, (change) =>
      fresh.database.tenants.put(change, { id: tenant, consent: 'assumed', placements: [] }),
    );
    await fresh.database.items.put(SOMEBODY, tenant, ['a', 'b', 'c'].map(item));
  }
  await takeOutbox(fresh.database);
});
afterEach(() => fresh.database.close());

/** @param look stands for a JPEG's bytes */
const put = (to: string, look: string, tenant = TENANT, source = look) =>
  changed(fresh.database, (change) =>
    fresh.database.pictures.put(change, tenant, {
      item: id(to),
      jpeg: Buffer.from(look),
      sha256: hash(look),
      sourceSha256: hash(source),
    }),
  );
const published = async () =>
  (await takeOutbox(fresh.database)).map(({ topic, key, picture }) => [topic, key, picture?.toString() ?? null]);
const lookOf = async (tenant: TenantId, one: string) => {
  const jpeg = await fresh.database.pictures.get(tenant, id(one));
  return jpeg === undefined ? undefined : Buffer.from(jpeg).toString();
};

it('a picture is kept and published as it is, and another one takes its place', async () => {
  expect(await put('a', 'red\0')).toBe('stored');
  expect(await put('a', 'blue')).toBe('stored');
  expect(await published()).toEqual([
    ['pictures', 'shop:a', 'red\0'],
    ['pictures', 'shop:a', 'blue'],
  ]);
  expect(await lookOf(TENANT, 'a')).toBe('blue');
  const audit = await fresh.database.audit.list(TENANT, { before: undefined, limit: 2 });
  expect(audit.records.map(({ target }) => target)).toEqual(Array(2).fill('picture of item a'));
});

it('the same picture is not published again, whatever it was made from', async () => {
  await put('a', 'red');
  await published();
  expect(await put('a', 'red', TENANT, 'another file')).toBe('stored');
  expect(await published()).toEqual([]);
  expect(await fresh.database.pictures.info(TENANT, id('a'))).toEqual({
    item: 'a',
    sha256: hash('red'),
    sourceSha256: hash('another file'),
  });
});

it('only what is in the catalog has a picture', async () => {
  expect(await put('nothing', 'red')).toBe('item-unknown');
  expect(await published()).toEqual([]);
});

it('goes with its item, whose tombstone is on both topics, and does not come back with it', async () => {
  await put('a', 'red');
  await published();
  for (const gone of ['a', 'b'])
    await changed(fresh.database, (change) => fresh.database.items.remove(change, TENANT, id(gone)));
  expect(await published()).toEqual([
    ['pictures', 'shop:a', null],
    ['catalog', 'shop:a', null],
    ['catalog', 'shop:b', null],
  ]);
  await fresh.database.items.put(SOMEBODY, TENANT, [item('a')]);
  expect(await lookOf(TENANT, 'a')).toBeUndefined();
});

it('is taken away once', async () => {
  await put('a', 'red');
  await published();
  const remove = () => changed(fresh.database, (change) => fresh.database.pictures.remove(change, TENANT, id('a')));
  expect([await remove(), await remove()]).toEqual([true, false]);
  expect(await published()).toEqual([['pictures', 'shop:a', null]]);
  expect(await lookOf(TENANT, 'a')).toBeUndefined();
});

it('each tenant has those of its own items alone', async () => {
  await put('a', 'red');
  await put('a', 'blue', OTHER);
  await put('b', 'green', OTHER);
  await changed(fresh.database, (change) => fresh.database.pictures.remove(change, OTHER, id('a')));
  expect(await lookOf(TENANT, 'a')).toBe('red');
  const { pictures } = fresh.database;
  expect((await pictures.list(OTHER, { after: undefined, limit: 5 })).pictures.map((picture) => picture.item)).toEqual([
    'b',
  ]);
});

it('lists page by page', async () => {
  for (const one of ['a', 'b', 'c']) await put(one, one);
  const { pictures } = fresh.database;
  const first = await pictures.list(TENANT, { after: undefined, limit: 2 });
  expect([first.pictures.map((picture) => picture.item), first.next]).toEqual([['a', 'b'], 'b']);
  const last = await pictures.list(TENANT, { after: first.next, limit: 2 });
  expect([last.pictures.map((picture) => picture.item), last.next]).toEqual([['c'], undefined]);
});

it('a batch of the outbox ends where its pictures have many bytes, and goes on after that', async () => {
  const large = 'x'.repeat(3 * 1024 * 1024);
  for (const one of ['a', 'b', 'c']) await put(one, large + one);
  const session = await fresh.database.openOutboxSession(() => undefined);
  try {
    await session.tryLock();
    const batches: string[][] = [];
    for (let batch = await session.begin(500); batch.length > 0; batch = await session.begin(500)) {
      batches.push(batch.map(({ key }) => key));
      await session.finish(batch);
    }
    expect(batches).toEqual([['shop:a', 'shop:b'], ['shop:c']]);
  } finally {
    await session.close();
  }
});
