import { waitUntil } from '@offerstream/infra';
import { freshDatabase } from '@offerstream/testing';
import { trainEncoder } from './language-shop.js';
import { TENANT } from './line.js';
import { planOf, ServedShop } from './served-shop.js';
import { ask, type ServedApi } from './serving.js';

const CATALOG_PATH = `/v1/catalog/items?tenant=${TENANT}`;
/** "Within seconds", with room for a busy machine. */
const SOON = { timeoutMs: 60_000, everyMs: 100 } as const;

let shop: ServedShop;
let gateway: ServedApi;
let writeKey: string;

const path = (operation: string, query: object): string =>
  `/v1/${operation}?${new URLSearchParams(query as Record<string, string>).toString()}`;
const suggest = async (q: string): Promise<string[]> => {
  const answer = await ask<{ readonly suggestions: readonly { readonly text: string }[] }>(
    gateway,
    'GET',
    path('search/suggest', { q }),
  );
  return answer.suggestions.map(({ text }) => text);
};
const find = async (q: string, subject?: string): Promise<string[]> => {
  const query = subject === undefined ? { q } : { q, subject };
  const answer = await ask<{ readonly items: readonly { readonly item: string }[] }>(
    gateway,
    'GET',
    path('search', query),
  );
  return answer.items.map(({ item }) => item);
};
const soon = (isSo: () => Promise<boolean>): Promise<boolean> => waitUntil(isSo, SOON);
const put = (id: string, title: string) => ask(shop.control, 'POST', CATALOG_PATH, { id, title });

beforeAll(async () => {
  shop = await ServedShop.start(await freshDatabase());
  await shop.makeTenant(planOf('Paid', null, 'serve'));
  writeKey = await shop.makeKey('wk');
  gateway = { url: (await shop.startGateway()).url, token: await shop.makeKey('sk') };
  const isIn = async (): Promise<boolean> =>
    find('anything').then(
      () => true,
      () => false,
    );
  expect(await soon(isIn)).toBe(true);
}, 240_000);

afterAll(() => shop.close(), 120_000);

it('a title is suggested and found within seconds of entering the catalog, and gone within seconds of leaving it', async () => {
  await put('lamp', 'Walnut Desk Lamp');
  expect(await soon(async () => (await suggest('waln')).includes('walnut desk lamp'))).toBe(true);
  expect(await soon(async () => (await find('desk lamp'))[0] === 'lamp')).toBe(true);
  await ask(shop.control, 'DELETE', `/v1/catalog/items/lamp?tenant=${TENANT}`);
  expect(await soon(async () => (await suggest('waln')).length === 0 && (await find('desk lamp')).length === 0)).toBe(
    true,
  );
});

it('what several shoppers search for is suggested, in the shop’s words; what one searches for is told to nobody', async () => {
  await put('shoe', 'Trail Running Shoe');
  await put('sock', 'Wool Sock');
  const search = (subject: string, query: string) => shop.track(writeKey, subject, 'Products Searched', { query });
  for (const subject of ['anna', 'ben', 'cleo', 'dora']) {
    await search(subject, 'wool running sock');
    await search(subject, 'wool for anna smith');
  }
  for (let times = 0; times < 5; times++) await search('anna', 'wool trail shoe');
  expect(await soon(async () => (await suggest('wool ')).includes('wool running sock'))).toBe(true);
  expect((await suggest('wool ')).sort()).toEqual(['wool running sock', 'wool sock']);
  expect(await suggest('anna')).toEqual([]);
});

it('a title is found by what it means once the trainer has looked at it, and the answer says by which encoder', async () => {
  const { line } = shop;
  await put('tin', 'Vintage Lunch Box');
  await trainEncoder(line, `${TENANT}.encoder`, 16);
  const trainer = await line.start('trainer', {
    INFERENCE_ADDRESS: line.inferenceAddress,
    MODELS_DIR: line.path('models'),
  });
  await trainer.ready();
  const query = path('search', { q: 'vintage lunch boxes' });
  const encoder = async () => (await ask<{ readonly encoder: unknown }>(gateway, 'GET', query)).encoder;
  expect(await soon(async () => (await encoder()) !== null)).toBe(true);
  expect(await encoder()).toEqual({ name: `${TENANT}.encoder`, version: '1' });
  expect((await find('vintage lunch boxes'))[0]).toBe('tin');
});

it('searches are metered', async () => {
  expect(await soon(async () => (await shop.usage('searches')) > 0)).toBe(true);
});
