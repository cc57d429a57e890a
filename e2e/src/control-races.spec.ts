import { TENANT } from './line.js';
import { PLACEMENTS, planOf, ServedShop } from './served-shop.js';
import { type ServedApi } from './serving.js';
import { freshDatabase } from '@offerstream/testing';
import { tenantSchema } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { readAll } from '@offerstream/kafka';

const AT_ONCE = 20;

let shop: ServedShop;
let controls: readonly [ServedApi, ServedApi];

beforeAll(async () => {
  shop = await ServedShop.start(await freshDatabase());
  await shop.makeTenant(planOf('Raced', 100, 'refuse'));
  controls = [shop.control, await shop.startSecondControl()];
}, 240_000);

afterAll(() => shop.close(), 120_000);

/** The same request to both instances in turn, all at once; the statuses of the answers. */
const race = async (
  method: string,
  path: string,
  body: (n: number) => object,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly number[]> =>
  Promise.all(
    Array.from({ length: AT_ONCE }, async (_, n) => {
      const { url, token } = controls[n % 2] as ServedApi;
      for (;;) {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body(n)),
        });
        await response.text();
        // On a busy machine not all get a connection to the database in time; who does not may ask again.
        if (response.status !== 503) return response.status;
      }
    }),
  );

const countOf = (statuses: readonly number[], status: number): number =>
  statuses.filter((each) => each === status).length;

it('of changes that start from one version, one is made', async () => {
  const { url, token } = controls[0];
  const path = `/v1/tenants/${TENANT}`;
  const etag = (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })).headers.get('etag');
  const statuses = await race(
    'PUT',
    path,
    (n) => ({ consent: 'assumed', placements: PLACEMENTS.map((placement) => ({ ...placement, slots: n + 1 })) }),
    { 'if-match': etag ?? '' },
  );
  expect([countOf(statuses, 200), countOf(statuses, 412)]).toEqual([1, AT_ONCE - 1]);
});

it('no more than two keys live for one purpose', async () => {
  const statuses = await race('POST', `/v1/tenants/${TENANT}/keys`, () => ({ purpose: 'raced', kind: 'sk' }));
  expect([countOf(statuses, 201), countOf(statuses, 409)]).toEqual([2, AT_ONCE - 2]);
});

it('a request that was sent to both with one Idempotency-Key is carried out once', async () => {
  const statuses = await race(
    'POST',
    `/v1/tenants/${TENANT}/users`,
    () => ({ email: 'anna@example.com', password: 'a long enough one', role: 'analyst' }),
    { 'idempotency-key': 'the-same-for-all' },
  );
  // One that comes while the first is still carried out is told to come again.
  expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
  expect(countOf(statuses, 201)).toBeGreaterThan(0);
  const { url, token } = controls[1];
  const response = await fetch(`${url}/v1/tenants/${TENANT}/users`, { headers: { authorization: `Bearer ${token}` } });
  const { users } = (await response.json()) as { readonly users: readonly { readonly email: string }[] };
  expect(users.map(({ email }) => email)).toEqual(['anna@example.com']);
});

it('the data plane ends up with what the last change left', async () => {
  const { url, token } = controls[1];
  const response = await fetch(`${url}/v1/tenants/${TENANT}`, { headers: { authorization: `Bearer ${token}` } });
  const { placements } = (await response.json()) as { readonly placements: readonly { readonly slots: number }[] };
  const published = async (): Promise<boolean> => {
    const records = await readAll(shop.line.kafka, shop.line.topic('tenants'));
    const newest = tenantSchema.parse(JSON.parse(String(records.at(-1)?.value)));
    return newest.placements[0]?.slots === placements[0]?.slots && newest.keys.length >= 2;
  };
  expect(await waitUntil(published, { timeoutMs: 60_000, everyMs: 250 })).toBe(true);
});
