import { waitUntil } from '@offerstream/infra';
import { freshDatabase } from '@offerstream/testing';
import { itemId, ITEMS, MODEL, TENANT } from './line.js';
import { PLACEMENTS, planOf, ServedShop } from './served-shop.js';
import type { ServiceProcess } from './service-process.js';
import { ask, type ServedApi } from './serving.js';

interface Offer {
  readonly id: string;
  readonly items: readonly { readonly item: string; readonly strategy: string }[];
}

const READS = 250;
const PRICE = 19.99;
const TENANT_PATH = `/v1/tenants/${TENANT}`;

let shop: ServedShop;
let gatewayUrl: string;
let gatewayProcess: ServiceProcess;

beforeAll(async () => {
  shop = await ServedShop.start(await freshDatabase());
  ({ url: gatewayUrl, process: gatewayProcess } = await shop.startGateway());
}, 240_000);

afterAll(() => shop.close(), 120_000);

it('a shop signs up, sends events, shows offers, sells, sees what its offers earned and what it owes', async () => {
  const signedUp = await ask<{ readonly session: { readonly token: string } }>(
    { url: shop.control.url, token: '' },
    'POST',
    '/v1/sign-ups',
    { tenant: TENANT, email: 'owner@example.com', password: 'correct horse battery' },
  );
  const owner: ServedApi = { url: shop.control.url, token: signedUp.session.token };

  // The shop sets itself up, as its owner.
  await ask(owner, 'PUT', TENANT_PATH, { consent: 'assumed', placements: PLACEMENTS });
  for (let index = 0; index < 30; index++)
    await ask(owner, 'POST', `/v1/catalog/items?tenant=${TENANT}`, { id: itemId(index), title: `Product ${index}` });
  await ask(owner, 'PUT', `/v1/models/${MODEL}?tenant=${TENANT}`, {
    version: '1',
    family: 'collaborative',
    popular: Array.from({ length: 30 }, (_, index) => itemId(ITEMS - 1 - index)),
  });
  const writeKey = await shop.makeKey('wk', owner);
  const gateway: ServedApi = { url: gatewayUrl, token: await shop.makeKey('sk', owner) };
  // What it pays is the operator's to say.
  await ask(shop.control, 'PUT', '/v1/plans/paid', planOf('Paid', null, 'serve'));
  await ask(shop.control, 'PUT', `${TENANT_PATH}/plan`, { plan: 'paid' });

  // Events in, a personal offer out.
  let offer: Offer | undefined;
  const isPersonal = async (): Promise<boolean> => {
    try {
      await shop.view(writeKey, 'anna', 1);
      offer = await ask<Offer>(gateway, 'GET', '/v1/offers/anna?placement=home');
    } catch {
      // Keys and plan are on their way.
      return false;
    }
    return offer.items[0]?.strategy === 'personal';
  };
  expect(await waitUntil(isPersonal, { timeoutMs: 60_000, everyMs: 250 })).toBe(true);
  const { id: offerId, items } = offer as Offer;
  const bought = items[0]?.item;

  // It works: shown, clicked, bought.
  const properties = { product_id: bought, price: PRICE, currency: 'EUR' };
  await shop.track(writeKey, 'anna', 'Product List Viewed', { offer_id: offerId });
  await shop.track(writeKey, 'anna', 'Product Clicked', { ...properties, offer_id: offerId });
  await shop.track(writeKey, 'anna', 'Order Completed', {
    order_id: 'order-1',
    currency: 'EUR',
    products: [{ ...properties, quantity: 2 }],
  });
  let report: unknown;
  const isAttributed = async (): Promise<boolean> => {
    report = await ask(owner, 'GET', '/v1/reports/outcomes?by=placement,strategy,version');
    return JSON.stringify(report).includes(String(PRICE * 2 * 1e6));
  };
  await waitUntil(isAttributed, { timeoutMs: 60_000, everyMs: 500 });
  expect(report).toMatchObject({
    groups: [
      {
        placement: 'home',
        strategy: 'personal',
        model: MODEL,
        version: '1',
        impressions: 1,
        clicks: 1,
        conversions: 1,
        revenueMicros: { EUR: PRICE * 2 * 1e6 },
      },
    ],
  });

  // What was used is owed.
  for (let n = 0; n < READS; n++) await ask(gateway, 'GET', '/v1/offers/anna?placement=home');
  const isCounted = async (): Promise<boolean> => (await shop.usage('offers', owner)) >= READS;
  expect(await waitUntil(isCounted, { timeoutMs: 60_000, everyMs: 500 })).toBe(true);
  const units = await shop.usage('offers', owner);
  const { invoices } = await ask<{
    readonly invoices: readonly {
      readonly status: string;
      readonly lines: readonly { readonly meter: string; readonly units: number; readonly amountMicros: number }[];
    }[];
  }>(owner, 'GET', `${TENANT_PATH}/invoices`);
  expect(invoices).toHaveLength(1);
  expect(invoices[0]?.status).toBe('draft');
  // 100 are included; 1,000 more would cost 0.50.
  expect(invoices[0]?.lines.find(({ meter }) => meter === 'offers')).toMatchObject({
    units,
    amountMicros: (units - 100) * 500,
  });

  // Nothing of it is anybody else's.
  const stranger = await ask<{ readonly session: { readonly token: string } }>(
    { url: shop.control.url, token: '' },
    'POST',
    '/v1/sign-ups',
    { tenant: 'stranger', email: 'owner@example.com', password: 'correct horse battery' },
  );
  const other: ServedApi = { url: shop.control.url, token: stranger.session.token };
  for (const path of ['', '/usage', '/invoices', '/keys', '/audit'])
    await expect(ask(other, 'GET', `${TENANT_PATH}${path}`)).rejects.toThrow('404');

  // Services tell once a minute, and at their end, which keys were used.
  await Promise.all([shop.collector.stop(), gatewayProcess.stop()]);
  const { keys } = await ask<{
    readonly keys: readonly { readonly kind: string; readonly lastUsedAt: string | null }[];
  }>(owner, 'GET', `${TENANT_PATH}/keys`);
  expect(keys.filter(({ lastUsedAt }) => lastUsedAt !== null).map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['sk', 'wk']),
  );
}, 240_000);
