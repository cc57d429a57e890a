import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, waitUntil, type RunningPostgres } from '@offerstream/infra';
import { tempFolder } from '@offerstream/testing';
import { TENANT } from './line.js';
import { planOf, ServedShop } from './served-shop.js';
import { ask, type ServedApi } from './serving.js';

const AWAY_MS = 60_000;
const EACH_MS = 50;
/** Leases of so small a limit run out while nobody can give the next. */
const LIMIT = 3_000;

let shop: ServedShop;
let postgres: RunningPostgres;
let gateway: ServedApi;
let writeKey: string;

beforeAll(async () => {
  postgres = await startPostgres({
    dataDir: await tempFolder(),
    port: 0,
    env: { ...process.env, DATABASE_URL: undefined },
    log: () => undefined,
  });
  shop = await ServedShop.start(postgres.url);
  await shop.makeTenant(planOf('Counted', LIMIT, 'serve'));
  writeKey = await shop.makeKey('wk');
  gateway = { url: (await shop.startGateway()).url, token: await shop.makeKey('sk') };
}, 240_000);

afterAll(async () => {
  await shop.close();
  await postgres.kill();
}, 120_000);

/** What a shop asks of the data plane, again and again until told to stop. */
const startLoad = () => {
  let going = true;
  const answered = { events: 0, offers: 0, recommendations: 0 };
  const failures: string[] = [];
  const again = async (name: keyof typeof answered, request: (shopper: string) => Promise<unknown>): Promise<void> => {
    for (let n = 0; going; n++) {
      await request(`shopper-${n % 20}`).then(
        () => (answered[name] += 1),
        (error: unknown) => failures.push(`${name}: ${String(error)}`),
      );
      await sleep(EACH_MS);
    }
  };
  const loads = [
    again('events', (shopper) => shop.view(writeKey, shopper, answered.events)),
    again('offers', (shopper) => ask(gateway, 'GET', `/v1/offers/${shopper}?placement=home`)),
    again('recommendations', (subject) => ask(gateway, 'POST', '/v1/recommendations', { subject, placement: 'home' })),
  ];
  return {
    answered,
    failures,
    stop: async () => {
      going = false;
      await Promise.all(loads);
    },
  };
};

it('no request of the data plane fails while Postgres is away for a minute, and what was served is counted afterwards', async () => {
  // A key is known to collectors and gateways as soon as they have read it.
  const known = async (): Promise<boolean> =>
    Promise.all([shop.view(writeKey, 'first', 0), ask(gateway, 'GET', '/v1/offers/first?placement=home')]).then(
      () => true,
      () => false,
    );
  expect(await waitUntil(known, { timeoutMs: 60_000, everyMs: 250 })).toBe(true);
  const alreadyRead = await shop.usage('offers');
  const load = startLoad();
  await sleep(3_000);
  await postgres.stop();
  const before = { ...load.answered };
  await expect(ask(shop.control, 'GET', `/v1/tenants/${TENANT}`)).rejects.toThrow('503');
  await sleep(AWAY_MS);
  const during = { ...load.answered };
  await postgres.restart();
  await sleep(3_000);
  await load.stop();

  expect(load.failures).toEqual([]);
  for (const name of ['events', 'offers', 'recommendations'] as const)
    expect(during[name] - before[name]).toBeGreaterThan(100);

  // Each answered request is there once, also those for which nobody could lease a unit.
  let counted: readonly number[] = [];
  const all = async (): Promise<boolean> => {
    counted = await Promise.all([shop.usage('offers'), shop.usage('recommendations')]).catch(() => []);
    return (counted[0] ?? 0) > alreadyRead + load.answered.offers && counted[1] === load.answered.recommendations;
  };
  await waitUntil(all, { timeoutMs: 60_000, everyMs: 500 });
  expect(counted).toEqual([expect.any(Number), load.answered.recommendations]);
}, 240_000);
