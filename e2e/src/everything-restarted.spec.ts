import { startPostgres, waitUntil, type RunningPostgres } from '@offerstream/infra';
import { startOwnKafka, tempFolder, type OwnKafka } from '@offerstream/testing';
import { itemId, MODEL, TENANT } from './line.js';
import { planOf, ServedShop } from './served-shop.js';
import { ask, type ServedApi } from './serving.js';

const READS = 150;
const TENANT_PATH = `/v1/tenants/${TENANT}`;
/** As long as a gateway may hold counts back, and some. */
const SOON = { timeoutMs: 60_000, everyMs: 250 } as const;

interface Offer {
  readonly id: string;
  readonly items: readonly { readonly item: string; readonly strategy: string }[];
}

let kafka: OwnKafka;
let postgres: RunningPostgres;
let shop: ServedShop;

beforeAll(async () => {
  kafka = await startOwnKafka();
  postgres = await startPostgres({
    dataDir: await tempFolder(),
    port: 0,
    env: { ...process.env, DATABASE_URL: undefined },
    log: () => undefined,
  });
  shop = await ServedShop.start(postgres.url, kafka.brokers);
}, 240_000);

afterAll(async () => {
  await shop.close();
  await postgres.kill();
  await kafka.stop();
}, 120_000);

const offerOf = (gateway: ServedApi): Promise<Offer> => ask(gateway, 'GET', '/v1/offers/anna?placement=home');

/** All that the shop has in the back office, but for what time changes by itself. */
const backOffice = async (control: ServedApi) => {
  const [tenant, items, models, keys, plan, usage, invoices, outcomes] = await Promise.all([
    ask(control, 'GET', TENANT_PATH),
    ask(control, 'GET', `/v1/catalog/items?tenant=${TENANT}`),
    ask(control, 'GET', `/v1/models?tenant=${TENANT}`),
    ask<{ readonly keys: readonly object[] }>(control, 'GET', `${TENANT_PATH}/keys`),
    ask(control, 'GET', `${TENANT_PATH}/plan`),
    ask<{ readonly totals: unknown }>(control, 'GET', `${TENANT_PATH}/usage?by=month`),
    ask(control, 'GET', `${TENANT_PATH}/invoices`),
    ask<{ readonly groups: unknown }>(control, 'GET', `/v1/reports/outcomes?tenant=${TENANT}&by=placement,strategy`),
  ]);
  const withoutUse = keys.keys.map((key) => ({ ...key, lastUsedAt: undefined }));
  return { tenant, items, models, keys: withoutUse, plan, usage: usage.totals, invoices, outcomes: outcomes.groups };
};

it('after a power cut of everything, the shop has its keys, offers, outcomes and counts, and goes on', async () => {
  await shop.makeTenant(planOf('Kept', 1_000_000, 'serve'));
  await ask(shop.control, 'POST', `/v1/catalog/items?tenant=${TENANT}`, { id: itemId(1), title: 'Product 1' });
  await ask(shop.control, 'PUT', `/v1/models/${MODEL}?tenant=${TENANT}`, {
    version: '1',
    family: 'collaborative',
    popular: [itemId(1)],
  });
  const writeKey = await shop.makeKey('wk');
  const key = await shop.makeKey('sk');
  let gateway: ServedApi = { url: (await shop.startGateway()).url, token: key };
  const isPersonal = async (): Promise<boolean> => {
    try {
      await shop.view(writeKey, 'anna', 1);
      return (await offerOf(gateway)).items[0]?.strategy === 'personal';
    } catch {
      // Keys and plan are on their way.
      return false;
    }
  };
  expect(await waitUntil(isPersonal, SOON)).toBe(true);
  await shop.line.untilDone();
  const offer = await offerOf(gateway);
  await shop.track(writeKey, 'anna', 'Product Clicked', { product_id: offer.items[0]?.item, offer_id: offer.id });
  for (let n = 0; n < READS; n++) await offerOf(gateway);
  const hasCounted = async (): Promise<boolean> =>
    (await shop.usage('offers')) > READS && JSON.stringify(await backOffice(shop.control)).includes('"clicks":1');
  expect(await waitUntil(hasCounted, SOON)).toBe(true);
  await shop.line.untilDone();
  const shown = await offerOf(gateway);
  // What a gateway holds back is gone with it, so nothing may be on its way.
  let before = await backOffice(shop.control);
  const isStill = async (): Promise<boolean> => {
    const was = JSON.stringify(before);
    before = await backOffice(shop.control);
    return JSON.stringify(before) === was;
  };
  expect(await waitUntil(isStill, { timeoutMs: 60_000, everyMs: 6_000 })).toBe(true);

  await shop.line.kill();
  await Promise.all([postgres.kill(), kafka.kill()]);
  await Promise.all([postgres.restart(), kafka.restart()]);
  shop = await shop.startAgain();
  gateway = { url: (await shop.startGateway()).url, token: key };

  expect(await backOffice(shop.control)).toEqual(before);
  expect(await offerOf(gateway)).toEqual(shown);
  const { items } = await ask<Offer>(gateway, 'GET', '/v1/subjects/anna/recently-viewed');
  expect(items[0]?.item).toBe(itemId(1));
  await shop.view(writeKey, 'anna', 2);
  expect(await waitUntil(async () => (await offerOf(gateway)).id !== shown.id, SOON)).toBe(true);
}, 600_000);
