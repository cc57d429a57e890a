import { ACTION, itemHash, type ItemId, type SubjectId, type TenantId } from '@offerstream/contracts';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { newKey, startGateway, until, type RunningGateway, type ShopKey } from '../running-gateway.fixture.js';
import { ANNA, DEMO } from '../shop.fixture.js';
import { ITEMS_OF_SHOP, KIND_OF, startInference, trainShop } from '../trained-shop.fixture.js';
import type { SearchResponse, SuggestResponse } from './search-schemas.js';

const OTHER = 'other' as TenantId;
const key = newKey();
const keyOfOther = newKey();

let inference: Awaited<ReturnType<typeof startInference>>;
let gateway: RunningGateway;

const ask = async (path: string, query: object, asKey: ShopKey = key) =>
  gateway.call('GET', `${path}?${new URLSearchParams(query as Record<string, string>).toString()}`, { key: asKey });
const suggest = async (q: string, over: object = {}, asKey?: ShopKey): Promise<SuggestResponse> => {
  const { status, body, text } = await ask('/v1/search/suggest', { q, ...over }, asKey);
  if (status !== 200) throw new Error(text);
  return body as unknown as SuggestResponse;
};
const textsFor = async (...asked: Parameters<typeof suggest>): Promise<string[]> =>
  (await suggest(...asked)).suggestions.map(({ text }) => text);
const find = async (q: string, over: object = {}, asKey?: ShopKey): Promise<SearchResponse> => {
  const { status, body, text } = await ask('/v1/search', { q, ...over }, asKey);
  if (status !== 200) throw new Error(text);
  return body as unknown as SearchResponse;
};
const idsFor = async (...asked: Parameters<typeof find>): Promise<string[]> =>
  (await find(...asked)).items.map(({ item }) => item);
const put = (id: string, title: string, over: object = {}, tenant: TenantId = DEMO): Promise<void> =>
  gateway.putItem(tenant, id, { title, ...over });

beforeAll(async () => {
  const folder = await tempFolder();
  const [model] = await trainShop(folder, ['behaviour']);
  inference = await startInference(folder);
  gateway = await startGateway(await kafkaBrokers(), { INFERENCE_ADDRESS: inference.address });
  await gateway.setTenant(DEMO, [key]);
  await gateway.setTenant(OTHER, [keyOfOther]);
  // Items that the model knows, of two kinds, with titles that say the same.
  for (const [index, { id, ...item }] of ITEMS_OF_SHOP.entries())
    void gateway.putItem(DEMO, id, { ...item, title: `Plain thing ${index}` });
  await put('lamp', 'Red Desk Lamp', { categories: ['Home', 'Light'] });
  await put('bulb', 'Red Bulb', { categories: ['Home', 'Light'] });
  await put('shoe', 'Red Running Shoe', { categories: ['Sport'] });
  await put('secret', 'Red Secret', {}, OTHER);
  await gateway.promote(DEMO, model);
  await until(async () => (await ask('/v1/search', { q: 'red' })).status === 200);
  await until(async () => (await idsFor('red')).length === 3);
  await until(async () => (await idsFor('secret', {}, keyOfOther)).length === 1);
});
afterAll(async () => {
  await gateway.stop();
  await inference.stop();
});

describe('GET /v1/search/suggest', () => {
  it('completes by titles, any word of them, and in the face of a typo', async () => {
    expect(await textsFor('red des')).toEqual(['red desk lamp']);
    expect(await textsFor('runn')).toEqual(['running shoe']);
    expect(await textsFor('runming')).toEqual(['running shoe']);
    expect(await suggest('red', { limit: '2' })).toMatchObject({ language: null });
    expect((await suggest('red', { limit: '2' })).suggestions.map(({ rank }) => rank)).toEqual([1, 2]);
  });

  it('knows what several shoppers searched for, in the shop’s own words', async () => {
    const searches = (source: string, queries: Readonly<Record<string, number>>): Promise<void> =>
      gateway.put('searches', `${DEMO}:${source}`, {
        tenant: DEMO,
        source,
        at: new Date().toISOString(),
        halfLifeSeconds: 604_800,
        queries: Object.entries(queries).map(([query, count]) => ({ query, count })),
      });
    await searches('one', { 'light for the desk': 3, 'light of anna smith': 90 });
    await until(async () => (await textsFor('light ')).length > 0);
    expect(await textsFor('light ')).toEqual(['light for the desk']);
    expect(await textsFor('light ', {}, keyOfOther)).toEqual([]);
    expect(await textsFor('anna')).toEqual([]);
  });

  it('puts first what the shopper has touched before', async () => {
    const before = await textsFor('red ', { subject: 'dora' });
    const last = before.at(-1) ?? '';
    const touched = { 'red desk lamp': 'lamp', 'red bulb': 'bulb', 'red running shoe': 'shoe' }[last] as ItemId;
    await gateway.saveShopper(DEMO, 'dora' as SubjectId, {
      history: [
        { itemHash: itemHash(DEMO, touched), action: ACTION.view, timeSeconds: Math.floor(Date.now() / 1_000) },
      ],
    });
    expect((await textsFor('red ', { subject: 'dora' }))[0]).toBe(last);
    expect(await textsFor('red ')).toEqual(before);
  });

  it('is in the order of popularity', async () => {
    const [first] = await textsFor('plain thing', { limit: '50' });
    const { items } = (await gateway.call('GET', '/v1/trending?limit=1', { key })).body as unknown as SearchResponse;
    expect(first).toBe(`plain thing ${ITEMS_OF_SHOP.findIndex(({ id }) => id === items[0]?.item)}`);
  });
});

describe('GET /v1/search', () => {
  it('finds by words of titles and categories, also within a category', async () => {
    expect((await idsFor('desk lamp'))[0]).toBe('lamp');
    expect((await idsFor('light')).sort()).toEqual(['bulb', 'lamp']);
    expect(await idsFor('red', { category: 'Sport' })).toEqual(['shoe']);
    expect(await find('red')).toMatchObject({ encoder: null, model: null });
    expect(await idsFor('nothing of it')).toEqual([]);
  });

  it('puts first what is to the shopper’s taste', async () => {
    const [one] = ITEMS_OF_SHOP;
    const hashOf = (id: string): bigint => itemHash(DEMO, id as ItemId);
    const kind = KIND_OF(one?.id ?? '');
    const ofKind = ITEMS_OF_SHOP.filter(({ id }) => KIND_OF(id) === kind);
    await gateway.saveShopper(DEMO, ANNA, {
      history: ofKind.slice(0, 3).map(({ id }) => ({
        itemHash: hashOf(id),
        action: ACTION.view,
        timeSeconds: Math.floor(Date.now() / 1_000),
      })),
    });
    const shareOfKind = (ids: readonly string[]): number =>
      ids.filter((id) => KIND_OF(id) === kind).length / ids.length;
    const anybody = await idsFor('plain thing', { limit: '10' });
    const answer = await find('plain thing', { limit: '10', subject: ANNA });
    expect(answer.model?.name).toBe('demo.behaviour');
    expect(shareOfKind(answer.items.map(({ item }) => item))).toBeGreaterThan(shareOfKind(anybody));
  });
});

describe('as the catalog changes', () => {
  it('a title is suggested and found, and no longer when it is another, unavailable or gone', async () => {
    const isThere = async (): Promise<boolean> =>
      (await textsFor('zebra')).length > 0 && (await idsFor('zebra rug')).includes('rug');
    const isNowhere = async (): Promise<boolean> =>
      (await textsFor('zebra')).length === 0 && !(await idsFor('zebra rug')).includes('rug');
    await put('rug', 'Zebra Rug');
    await until(isThere);
    await put('rug', 'Zebra Rug', { available: false });
    await until(isNowhere);
    await put('rug', 'Zebra Rug');
    await until(isThere);
    await put('rug', 'Striped Carpet');
    await until(isNowhere);
    expect(await textsFor('stri')).toEqual(['striped carpet']);
    await gateway.putItem(DEMO, 'rug', null);
    await until(async () => (await textsFor('stri')).length === 0 && (await idsFor('striped')).length === 0);
  });
});

describe('shops', () => {
  it('see nothing of each other', async () => {
    expect(await textsFor('secr')).toEqual([]);
    expect(await idsFor('secret')).toEqual([]);
    expect(await textsFor('red', {}, keyOfOther)).toEqual(['red secret']);
    expect(await idsFor('red', {}, keyOfOther)).toEqual(['secret']);
  });

  it('need a key that may search', async () => {
    const mayNot = newKey({ scopes: ['offers:read'] });
    await gateway.setTenant(OTHER, [keyOfOther, mayNot]);
    await until(async () => (await ask('/v1/search', { q: 'a' }, mayNot)).status === 403);
    expect((await ask('/v1/search/suggest', { q: 'a' }, mayNot)).status).toBe(403);
  });
});

describe.each(['/v1/search', '/v1/search/suggest'])('%s with bad input', (path) => {
  it.each([
    ['no q', {}],
    ['an empty q', { q: '' }],
    ['a long q', { q: 'x'.repeat(201) }],
    ['no whole limit', { q: 'a', limit: '1.5' }],
    ['a limit of 0', { q: 'a', limit: '0' }],
    ['an unknown parameter', { q: 'a', sort: 'price' }],
  ])('refuses %s', async (_, query) => {
    const { status, body } = await ask(path, query);
    expect([status, body['code']]).toEqual([400, 'invalid']);
  });

  it('refuses two q', async () => {
    const { status, body } = await gateway.call('GET', `${path}?q=a&q=b`, { key });
    expect([status, body['code']]).toEqual([400, 'invalid']);
  });

  it.each([' ', '\u0007\u001b', '\ud800', '!?', '%', 'x'.repeat(200), ' '.repeat(200), 'a '.repeat(100)])(
    'has no answer to %j',
    async (q) => {
      const { status, body } = await ask(path, { q });
      expect([status, body['suggestions'] ?? body['items']]).toEqual([200, []]);
    },
  );

  it('refuses the character 0', async () => {
    const { status, body } = await ask(path, { q: 'a\0' });
    expect([status, body['code']]).toEqual([400, 'unstorable']);
  });

  it('refuses a million spaces', async () => {
    const { status } = await gateway.call('GET', `${path}?q=${'%20'.repeat(1_000_000)}`, { key });
    expect([400, 414, 431]).toContain(status);
  });

  it('refuses bytes that are no UTF-8 or takes them for no words', async () => {
    const { status } = await gateway.call('GET', `${path}?q=%ff%fe`, { key });
    expect([200, 400]).toContain(status);
  });
});
