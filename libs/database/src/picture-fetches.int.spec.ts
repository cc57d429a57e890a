import type { CatalogItem, ItemId, TenantId } from '@offerstream/contracts';
import { changed, openFreshDatabase, SOMEBODY, type FreshDatabase } from './fresh-database.fixture.js';
import { HOST_NOT_ALLOWED, type ClaimedFetch } from './picture-fetches.js';

const TENANT = 'shop' as TenantId;
const OTHER = 'other' as TenantId;
const URL_A = 'https://shop.example/a.jpg';
const URL_B = 'https://shop.example/b.jpg';
const { at: NOW } = SOMEBODY;
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const id = (text: string) => text as ItemId;

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
  for (const tenant of [TENANT, OTHER]) await putTenant(tenant);
});
afterEach(() => fresh.database.close());

const putTenant = (tenant: TenantId, pictureHosts?: readonly string[], at = NOW) =>
  changed(
    fresh.database,
    (change) => fresh.database.tenants.put(change, { id: tenant, consent: 'assumed', placements: [], pictureHosts }),
    { ...SOMEBODY, at },
  );
const item = (text: string, pictureUrl?: string): CatalogItem => ({
  id: id(text),
  categories: [],
  available: true,
  ...(pictureUrl !== undefined && { pictureUrl }),
});
const put = (text: string, pictureUrl?: string, at = NOW, tenant = TENANT) =>
  fresh.database.items.put({ ...SOMEBODY, at }, tenant, [item(text, pictureUrl)]);
const claim = (now = NOW, tenant = TENANT) => fresh.database.pictureFetches.claim(tenant, now, later(120));
const claimed = async (now = NOW): Promise<ClaimedFetch> => {
  const fetch = await claim(now);
  if (fetch === undefined) throw new Error('nothing is to be fetched');
  return fetch;
};
const finish = (fetch: ClaimedFetch) =>
  changed(fresh.database, (change) => fresh.database.pictureFetches.finish(change, fetch));
const shown = (text: string) => fresh.database.pictureFetches.get(TENANT, id(text));

it('what an item names is fetched once, the same URL sent again or not', async () => {
  await put('a', URL_A);
  expect(await fresh.database.pictureFetches.tenantsWithDue(NOW)).toEqual([TENANT]);
  const fetch = await claimed();
  expect(fetch).toEqual({ tenant: TENANT, item: 'a', url: URL_A, attempts: 1, hosts: [] });
  await put('a', URL_A);
  expect(await claim()).toBeUndefined();
  expect(await finish(fetch)).toBe(true);
  expect(await shown('a')).toMatchObject({ status: 'done', attempts: 1, failure: undefined });
  await fresh.database.items.put(SOMEBODY, TENANT, [{ ...item('a', URL_A), title: 'Tent' }]);
  expect(await fresh.database.pictureFetches.tenantsWithDue(later(1e6))).toEqual([]);
  expect((await fresh.database.items.get(TENANT, id('a')))?.item.pictureUrl).toBe(URL_A);
});

it('is claimed by one of several at a time, and by another when nothing is heard of the first', async () => {
  for (const each of ['a', 'b', 'c']) await put(each, URL_A);
  const all = await Promise.all(Array.from({ length: 6 }, () => claim()));
  expect(all.flatMap((fetch) => fetch?.item ?? []).sort()).toEqual(['a', 'b', 'c']);
  expect(await claim(later(119))).toBeUndefined();
  expect(await claim(later(120))).toMatchObject({ attempts: 2 });
  expect(await claim(NOW, OTHER)).toBeUndefined();
});

it('stays claimed as long as its claim is renewed, by who has it', async () => {
  await put('a', URL_A);
  const { pictureFetches } = fresh.database;
  const first = await claimed();
  expect(await pictureFetches.renew(first, later(120), later(180))).toBe(true);
  expect(await claim(later(179))).toBeUndefined();
  expect(await pictureFetches.renew(first, later(120), later(1e6))).toBe(false);
  const second = await claimed(later(180));
  expect(await pictureFetches.renew(first, later(180), later(1e6))).toBe(false);
  await pictureFetches.fail(second, { code: 'no-answer', reason: '' }, later(190), later(180));
  expect(await pictureFetches.renew(second, later(120), later(1e6))).toBe(false);
  expect(await claimed(later(190))).toMatchObject({ attempts: 3 });
});

it('is not kept for who lost the claim, or whose URL is another one by now', async () => {
  await put('a', URL_A);
  const first = await claimed();
  const second = await claimed(later(120));
  expect(await finish(first)).toBe(false);
  await fresh.database.pictureFetches.fail(first, { code: 'late', reason: 'Late.' }, undefined, NOW);
  expect(await shown('a')).toMatchObject({ status: 'waiting', failure: undefined });
  await put('a', URL_B, later(121));
  expect(await finish(second)).toBe(false);
  expect(await claimed(later(121))).toMatchObject({ url: URL_B, attempts: 1 });
  await fresh.database.items.put(SOMEBODY, TENANT, [item('a')]);
  expect(await shown('a')).toBeUndefined();
});

it('what failed is tried again at its time, and what was given up when the item is sent again', async () => {
  await put('a', URL_A);
  const failure = { code: 'no-answer', reason: 'It does not answer.' };
  await fresh.database.pictureFetches.fail(await claimed(), failure, later(10), NOW);
  expect(await shown('a')).toMatchObject({ status: 'waiting', failure, due: later(10) });
  expect(await claim(later(9))).toBeUndefined();
  await fresh.database.pictureFetches.fail(await claimed(later(10)), failure, undefined, NOW);
  expect(await shown('a')).toMatchObject({ status: 'failed', failure, attempts: 2, due: undefined });
  expect(await claim(later(1e6))).toBeUndefined();
  await put('a', URL_A, later(20));
  expect(await claimed(later(20))).toMatchObject({ attempts: 1 });
});

it('is not kept, nor fetched again, where a photo was sent meanwhile', async () => {
  await put('a', URL_A);
  await put('b', URL_A);
  await fresh.database.pictureFetches.fail(await claimed(), { code: 'no-answer', reason: '' }, later(10), NOW);
  const fetch = await claimed();
  for (const each of ['a', 'b'])
    await changed(fresh.database, (change) =>
      fresh.database.pictures.put(change, TENANT, {
        item: id(each),
        jpeg: Uint8Array.of(1),
        sha256: each,
        sourceSha256: each,
      }),
    );
  expect(await finish(fetch)).toBe(false);
  for (const each of ['a', 'b']) {
    await put(each, URL_A);
    expect(await shown(each)).toMatchObject({ status: 'done', failure: undefined });
  }
  expect(await claim(later(1e6))).toBeUndefined();
});

it('what is given back is there for the next at once, and was no attempt', async () => {
  await put('a', URL_A);
  await fresh.database.pictureFetches.giveBack(await claimed(), NOW);
  expect(await claimed()).toMatchObject({ attempts: 1 });
});

it('what failed for its host is tried again when the tenant allows others', async () => {
  await put('a', URL_A);
  await put('b', URL_B);
  await fresh.database.pictureFetches.fail(await claimed(), { code: HOST_NOT_ALLOWED, reason: '' }, undefined, NOW);
  await fresh.database.pictureFetches.fail(await claimed(), { code: 'image-type', reason: '' }, undefined, NOW);
  await putTenant(TENANT, undefined, later(1));
  expect(await claim(later(1))).toBeUndefined();
  await putTenant(TENANT, ['shop.example'], later(1));
  expect(await claimed(later(1))).toMatchObject({ attempts: 1 });
  expect(await claim(later(1))).toBeUndefined();
  await putTenant(TENANT);
  expect((await fresh.database.tenants.get(TENANT))?.pictureHosts).toEqual(['shop.example']);
});

it('what failed for its host while the tenant came to allow others is tried at once', async () => {
  await put('a', URL_A);
  const fetch = await claimed();
  await putTenant(TENANT, ['shop.example'], later(1));
  await fresh.database.pictureFetches.fail(fetch, { code: HOST_NOT_ALLOWED, reason: '' }, undefined, later(2));
  expect(await claimed(later(2))).toMatchObject({ item: 'a', attempts: 1, hosts: ['shop.example'] });
});

it('is listed by item and status, and goes with its item', async () => {
  for (const each of ['a', 'b', 'c']) await put(each, URL_A);
  await finish(await claimed());
  await fresh.database.pictureFetches.fail(
    await claimed(),
    { code: 'image-type', reason: 'No photo.' },
    undefined,
    NOW,
  );
  const list = async (status?: 'waiting' | 'done' | 'failed', after?: string) => {
    const page = { after: after as ItemId | undefined, limit: 2, status };
    const { fetches, next } = await fresh.database.pictureFetches.list(TENANT, page);
    return [fetches.map((fetch) => fetch.item), next];
  };
  expect(await list()).toEqual([['a', 'b'], 'b']);
  expect(await list(undefined, 'b')).toEqual([['c'], undefined]);
  expect([await list('done'), await list('failed'), await list('waiting')]).toEqual(
    [['a'], ['b'], ['c']].map((items) => [items, undefined]),
  );
  await changed(fresh.database, (change) => fresh.database.items.remove(change, TENANT, id('b')));
  expect(await list('failed')).toEqual([[], undefined]);
});
