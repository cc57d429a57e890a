import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { vectorText, type TenantId } from '@offerstream/contracts';
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
/** Puts an item, and what the trainer tells of it. */
const put = async (id: string, title: string, { tenant = DEMO, version = '1' } = {}): Promise<void> => {
  await gateway.putItem(tenant, id, { title });
  await look(id, title, { tenant, version });
};
const look = async (id: string, title: string, { tenant = DEMO, version = '1' } = {}): Promise<void> => {
  const body = { model: 'demo.encoder', input: title };
  const embedded = await gateway.call('POST', '/v1/embeddings', { key, body });
  const [row] = embedded.body['data'] as readonly { readonly embedding: readonly number[] }[];
  const vector = vectorText(Float32Array.from(row?.embedding ?? []));
  await gateway.put('item-vectors', `${tenant}:${id}`, { id, text: { model: 'demo.encoder', version, vector } });
};
const idsOf = ({ items }: SearchResponse): string[] => items.map(({ item }) => item);

beforeAll(async () => {
  folder = await tempFolder();
  await storeEncoder(folder, 'demo.encoder');
  await storeTrigrams(folder, 'demo.language');
  inference = await startInference(folder);
  gateway = await startGateway(await kafkaBrokers(), { INFERENCE_ADDRESS: inference.address, MODELS_DIR: folder });
  await gateway.setTenant(DEMO, [key]);
  await gateway.setTenant(OTHER, [keyOfOther]);
  await until(async () => (await gateway.call('GET', '/v1/search?q=a', { key })).status === 200);
  await until(async () => (await gateway.call('GET', '/v1/models', { key })).text.includes('demo.encoder'));
  for (const tenant of [DEMO, OTHER]) {
    await put('mug', 'Red retrospot mug', { tenant });
    await put('stand', 'From the kitchen a cake stand', { tenant });
  }
  await until(async () => idsOf(await find('mug', keyOfOther)).length === 1);
});
afterAll(async () => {
  await gateway.stop();
  await inference.stop();
});

it('items are found by the vectors of their titles, and the answer says by which encoder', async () => {
  // All of it are stop words, of which the encoder knows two.
  await until(async () => idsOf(await find('from the'))[0] === 'stand');
  const answer = await find('from the');
  expect([answer.encoder, idsOf(answer)[0]]).toEqual([{ name: 'demo.encoder', version: '1' }, 'stand']);
  await gateway.putItem(DEMO, 'tins', { title: 'Tins from the attic' });
  await until(async () => idsOf(await find('tins'))[0] === 'tins');
  expect(idsOf(await find('from the'))).not.toContain('tins');
  await look('tins', 'Tins from the attic');
  await until(async () => idsOf(await find('from the')).includes('tins'));
});

it('another shop has no part in either model', async () => {
  const answer = await find('from the', keyOfOther);
  expect([answer.encoder, idsOf(answer)]).toEqual([null, []]);
  expect((await suggest('red', keyOfOther)).language).toBeNull();
});

it('of two versions of an encoder the one that most titles have is asked, also while the other is the newest', async () => {
  const isBy =
    (version: string, ...ids: readonly string[]) =>
    async (): Promise<boolean> => {
      const answer = await find('from the');
      return answer.encoder?.version === version && String(idsOf(answer).sort()) === String(ids);
    };
  await storeEncoder(folder, 'demo.encoder');
  await look('mug', 'Red retrospot mug', { version: '2' });
  await look('tins', 'Tins from the attic', { version: '2' });
  await until(isBy('2', 'mug', 'tins'));
  await look('tins', 'Tins from the attic');
  await until(isBy('1', 'stand', 'tins'));
  await look('tins', 'Tins from the attic', { version: '2' });
  await look('stand', 'From the kitchen a cake stand', { version: '2' });
  await until(isBy('2', 'mug', 'stand', 'tins'));
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
