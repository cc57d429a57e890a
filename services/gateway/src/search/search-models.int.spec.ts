import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TenantId } from '@offerstream/contracts';
import { kafkaBrokers, tempFolder } from '@offerstream/testing';
import { storeEncoder, storeTrigrams } from '../language/trained-language.fixture.js';
import { newKey, startGateway, until, type RunningGateway, type ShopKey } from '../running-gateway.fixture.js';
import { DEMO } from '../shop.fixture.js';
import { startInference } from '../trained-shop.fixture.js';
import type { SearchResponse, SuggestResponse } from './search-schemas.js';

const OTHER = 'other' as TenantId;
const key = newKey();
const keyOfOther = newKey();

let folder: string;
let inference: Awaited<ReturnType<typeof startInference>>;
let gateway: RunningGateway;

const ask = async <Response>(path: string, q: string, asKey: ShopKey): Promise<Response> => {
  const { status, body, text } = await gateway.call('GET', `${path}?${new URLSearchParams({ q }).toString()}`, {
    key: asKey,
  });
  if (status !== 200) throw new Error(text);
  return body as Response;
};
const find = (q: string, asKey = key) => ask<SearchResponse>('/v1/search', q, asKey);
const suggest = (q: string, asKey = key) => ask<SuggestResponse>('/v1/search/suggest', q, asKey);
const idsOf = ({ items }: SearchResponse): string[] => items.map(({ item }) => item);

beforeAll(async () => {
  folder = await tempFolder();
  await storeEncoder(folder, 'demo.encoder');
  await storeTrigrams(folder, 'demo.language');
  inference = await startInference(folder);
  gateway = await startGateway(await kafkaBrokers(), { INFERENCE_ADDRESS: inference.address, MODELS_DIR: folder });
  await gateway.setTenant(DEMO, [key]);
  await gateway.setTenant(OTHER, [keyOfOther]);
  for (const tenant of [DEMO, OTHER]) {
    await gateway.putItem(tenant, 'mug', { title: 'Red retrospot mug' });
    await gateway.putItem(tenant, 'stand', { title: 'From the kitchen a cake stand' });
  }
  await until(async () => (await gateway.call('GET', '/v1/search?q=a', { key })).status === 200);
  await until(async () => idsOf(await find('mug', keyOfOther)).length === 1);
});
afterAll(async () => {
  await gateway.stop();
  await inference.stop();
});

it('items are found by the vectors of their titles, and the answer says by which encoder', async () => {
  // All of it are stop words, of which the encoder knows two.
  await until(async () => idsOf(await find('from the')).length > 0);
  const answer = await find('from the');
  expect([answer.encoder, idsOf(answer)[0]]).toEqual([{ name: 'demo.encoder', version: '1' }, 'stand']);
  await gateway.putItem(DEMO, 'tins', { title: 'Tins from the attic' });
  await until(async () => idsOf(await find('from the')).includes('tins'));
});

it('another shop has no part in either model', async () => {
  const answer = await find('from the', keyOfOther);
  expect([answer.encoder, idsOf(answer)]).toEqual([null, []]);
  expect((await suggest('red', keyOfOther)).language).toBeNull();
});

it('the language model ranks what is as popular: what it has read comes first', async () => {
  await gateway.putItem(DEMO, 'a', { title: 'Red cake the tins' });
  await gateway.putItem(DEMO, 'b', { title: 'Red retrospot cake stand' });
  await until(async () => (await suggest('red ')).suggestions.length >= 4);
  const { language, suggestions } = await suggest('red ');
  const texts = suggestions.map(({ text }) => text);
  expect(language).toEqual({ name: 'demo.language', version: '1' });
  expect(texts.indexOf('red retrospot cake stand')).toBeLessThan(texts.indexOf('red cake the tins'));
  expect(texts).toContain('red cake the tins');
});

it('a model that is removed has no part any more', async () => {
  await rm(join(folder, 'demo.encoder'), { recursive: true });
  await rm(join(folder, 'demo.language'), { recursive: true });
  await until(async () => (await find('from the')).encoder === null && (await suggest('red')).language === null);
  expect(idsOf(await find('from the'))).toEqual([]);
  expect(idsOf(await find('retrospot mug'))[0]).toBe('mug');
});
