import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { itemKey, STATE_HEADERS, TOPIC_NAMES, vectorText, type ItemId } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { BatchingProducer, readAll } from '@offerstream/kafka';
import { freshDatabase } from '@offerstream/testing';
import { checkRecords, type CheckedRecords } from './documented-records.js';
import { itemId, TENANT } from './line.js';
import { putPicture } from './put-picture.js';
import { planOf, ServedShop } from './served-shop.js';
import { ask, type ServedApi } from './serving.js';
import { ROOT } from './started-line.js';

let shop: ServedShop;
let gateway: ServedApi;
let writeKey: string;

beforeAll(async () => {
  shop = await ServedShop.start(await freshDatabase());
  await shop.makeTenant(planOf('Paid', null, 'serve'));
  writeKey = await shop.makeKey('wk');
  gateway = { url: (await shop.startGateway()).url, token: await shop.makeKey('sk') };
}, 240_000);

afterAll(() => shop.close(), 120_000);

it.each(['gateway', 'control'] as const)('%s serves what docs/openapi says', async (name) => {
  const { url } = name === 'gateway' ? gateway : shop.control;
  const file = await readFile(join(ROOT, `docs/openapi/${name}.json`), 'utf8');
  expect(await (await fetch(`${url}/openapi.json`)).json()).toEqual(JSON.parse(file));
});

it("the client's example shows an offer and reports what came of it", async () => {
  const isIn = (): Promise<boolean> =>
    ask(gateway, 'GET', '/v1/offers/anna?placement=home').then(
      () => true,
      // The key is on its way.
      () => false,
    );
  expect(await waitUntil(isIn, { timeoutMs: 60_000, everyMs: 200 })).toBe(true);

  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'libs/client/examples/render-a-page.ts'), 'anna', 'home'],
    { env: { OFFERSTREAM_URL: gateway.url, OFFERSTREAM_KEY: gateway.token } },
  );
  expect(stdout).toMatch(/^For anna in home:\n(\d+\. item-\d+ \(\w+\)\n){10}2 outcomes are reported\.\n$/);

  const outcomes = await readAll(shop.line.kafka, shop.line.topic('outcomes'));
  expect(outcomes.map(({ value }) => JSON.parse(value?.toString() ?? '') as object)).toMatchObject([
    { subject: 'anna', type: 'impression', items: [] },
    { subject: 'anna', type: 'click', items: [{ item: expect.stringMatching(/^item-/) as string }] },
  ]);
});

it('every topic has records, each as docs/asyncapi.json says', async () => {
  await ask(shop.control, 'POST', `/v1/catalog/items?tenant=${TENANT}`, { id: 'gone' });
  await putPicture(shop.control, 'gone');
  await ask(shop.control, 'DELETE', `/v1/catalog/items/gone?tenant=${TENANT}`);
  await publishVectors('gone' as ItemId);
  const view = { type: 'track', event: 'Product Viewed', properties: { product_id: itemId(1) } };
  // Nobody has done the second, so it comes to `clickstream-failed`.
  const batch = [{ ...view, userId: 'anna' }, view];
  await ask({ url: shop.collectorUrl, token: '' }, 'POST', '/v1/batch', { writeKey, batch });
  // What fewer search for is not told.
  for (const subject of ['anna', 'ben', 'cleo'])
    await shop.track(writeKey, subject, 'Products Searched', { query: 'red shoe' });

  let checked: CheckedRecords | undefined;
  const everyTopicHasSome = async (): Promise<boolean> => {
    checked = await checkRecords(shop.line.kafka);
    return Object.values(checked.counts).every((count) => count > 0);
  };
  await waitUntil(everyTopicHasSome, { timeoutMs: 60_000, everyMs: 1_000 });
  expect(checked?.undocumented).toEqual([]);
  expect(Object.keys(checked?.counts ?? {}).sort()).toEqual([...TOPIC_NAMES].sort());
  for (const count of Object.values(checked?.counts ?? {})) expect(count).toBeGreaterThan(0);
});

/** As whoever makes vectors of items does. */
const publishVectors = async (id: ItemId): Promise<void> => {
  const producer = new BatchingProducer(shop.line.kafka);
  const text = { model: 'words', version: '1', vector: vectorText(Float32Array.of(0.6, 0.8)) };
  const record = { topic: shop.line.topic('item-vectors'), key: itemKey(TENANT, id), headers: STATE_HEADERS };
  await producer.append({ ...record, value: JSON.stringify({ id, text }) });
  await producer.append({ ...record, value: null });
  await producer.disconnect(5_000);
};
