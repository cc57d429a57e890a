import { monthOf, type Month, type Plan } from '@offerstream/billing';
import { tenantSchema, UNLIMITED, type TenantId } from '@offerstream/contracts';
import pg from 'pg';
import { changed, openFreshDatabase, SOMEBODY, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';

const SHOP = 'shop' as TenantId;
const PLAN: Plan = {
  id: 'special',
  name: 'Special',
  currency: 'EUR',
  whileUnknown: 'serve',
  requestsPerSecond: 100,
  meters: { offers: { included: 10, limit: 1_000, tiers: [{ upTo: null, pricePerThousandMicros: 5_000 }] } },
};

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
});
afterEach(() => fresh.database.close());

const put = (plan: Plan, ifVersion?: number) =>
  changed(fresh.database, (change) => fresh.database.plans.put(change, plan, ifVersion));
const assign = (plan: string, { tenant = SHOP, at = SOMEBODY.at } = {}) =>
  changed(fresh.database, (change) => fresh.database.plans.assign(change, tenant, plan), { ...SOMEBODY, at });
const addTenant = (id: TenantId) =>
  changed(fresh.database, (change) => fresh.database.tenants.put(change, { id, consent: 'assumed', placements: [] }));
const allowances = async () =>
  (await takeOutbox(fresh.database)).map(({ value }) => tenantSchema.parse(JSON.parse(value ?? '')).allowance);

it('there is a free plan, which refuses beyond what is included, and one that is paid by use', async () => {
  const [free, growth, ...others] = await fresh.database.plans.list();
  expect(others).toEqual([]);
  expect(free).toMatchObject({ id: 'free', version: 3, whileUnknown: 'refuse' });
  for (const meter of ['offers', 'recommendations', 'explanations', 'tokens', 'searches', 'images']) {
    expect(free?.meters[meter]).toEqual({
      included: expect.any(Number) as number,
      limit: free?.meters[meter]?.included,
      tiers: [],
    });
  }
  expect(Object.keys(growth?.meters ?? {}).sort()).toEqual(Object.keys(free?.meters ?? {}).sort());
  expect(growth).toMatchObject({ id: 'growth', version: 3, whileUnknown: 'serve' });
  for (const terms of Object.values(growth?.meters ?? {})) {
    expect(terms.limit).toBeNull();
    expect(terms.tiers.length).toBeGreaterThan(0);
  }
});

it('a change makes another version, no change makes none, and no version is ever changed', async () => {
  expect(await put(PLAN)).toEqual({ outcome: 'stored', plan: { ...PLAN, version: 1 } });
  expect(await put({ ...PLAN })).toMatchObject({ plan: { version: 1 } });
  const dearer = { ...PLAN, name: 'Dearer' };
  expect(await put(dearer, 2)).toEqual({ outcome: 'conflict', current: 1 });
  expect(await put({ ...dearer, id: 'other' }, 1)).toEqual({ outcome: 'conflict', current: undefined });
  expect(await put(dearer, 1)).toMatchObject({ plan: { version: 2 } });
  expect(await fresh.database.plans.get('special')).toEqual({ ...dearer, version: 2 });
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  for (const statement of ['UPDATE plans SET version = 9', 'DELETE FROM plans', 'DELETE FROM tenant_plans']) {
    await expect(client.query(statement)).rejects.toMatchObject({ code: '23001' });
  }
  await client.end();
});

it('instances that put plans side by side make a version each', async () => {
  const puts = await Promise.all([1, 2, 3, 4].map((rate) => put({ ...PLAN, requestsPerSecond: rate })));
  const versions = puts.map((each) => (each.outcome === 'stored' ? each.plan.version : undefined));
  expect([...versions].sort()).toEqual([1, 2, 3, 4]);
});

it('a tenant without a plan is unlimited; the data plane hears of the plan that it gets, and later changes keep it', async () => {
  await addTenant(SHOP);
  expect(await fresh.database.plans.ofTenant(SHOP)).toBeUndefined();
  await put(PLAN);
  expect(await assign('special')).toMatchObject({ plan: { id: 'special', version: 1 }, since: SOMEBODY.at });
  expect(await assign('special')).toMatchObject({ since: SOMEBODY.at });
  await changed(fresh.database, (change) =>
    fresh.database.tenants.put(change, { id: SHOP, consent: 'required', placements: [] }),
  );
  const allowance = { plan: 'special', limits: { offers: 1_000 }, whileUnknown: 'serve', requestsPerSecond: 100 };
  expect(await allowances()).toEqual([UNLIMITED, allowance, allowance]);
});

it('a tenant keeps the version that it has until it is given the newest, even by a clock that is behind', async () => {
  await addTenant(SHOP);
  await put(PLAN);
  await assign('special');
  await put({ ...PLAN, requestsPerSecond: 7 });
  expect(await fresh.database.plans.ofTenant(SHOP)).toMatchObject({ plan: { version: 1 } });
  const since = new Date(SOMEBODY.at.getTime() + 1);
  expect(await assign('special', { at: new Date(0) })).toMatchObject({ plan: { version: 2 }, since });
  expect(await fresh.database.plans.ofTenant(SHOP)).toMatchObject({
    plan: { version: 2, requestsPerSecond: 7 },
    since,
  });
});

it('is refused for a tenant or a plan that is not there, and in another currency than before', async () => {
  expect(await assign('free')).toBe('unknown-tenant');
  await addTenant(SHOP);
  expect(await assign('no-such-plan')).toBe('unknown-plan');
  await put({ ...PLAN, currency: 'USD' });
  await assign('free');
  expect(await assign('special')).toBe('other-currency');
});

it('what was used of the month before a limit came counts against it, and what was leased is not counted twice', async () => {
  const { plans, usage, quotaLeases } = fresh.database;
  await addTenant(SHOP);
  await put(PLAN);
  const metered = (hour: string, units: number) =>
    usage.take([{ tenant: SHOP, source: 'gateway', epoch: 'a', hour, meter: 'offers', units }], 'usage', new Map());
  await metered('2026-02-28T23:00:00.000Z', 500);
  await metered('2026-03-01T00:00:00.000Z', 300);
  await assign('special');
  const month = monthOf(SOMEBODY.at.getTime());
  const lease = async () => {
    const request = { tenant: SHOP, meter: 'offers', month, held: 0, needed: 1, unleased: 0 };
    const [grant] = await quotaLeases.lease('replica', [request], SOMEBODY.at);
    return grant;
  };
  expect(await lease()).toMatchObject({ units: 10, remaining: 690 });
  await assign('growth');
  expect(await lease()).toMatchObject({ units: 100 });
  await assign('special');
  expect(await lease()).toMatchObject({ units: 10, remaining: 580 });
  expect(await plans.ofTenant(SHOP)).toMatchObject({ plan: { id: 'special' } });
  const april = '2026-04' as Month;
  const request = { tenant: SHOP, meter: 'offers', month: april, held: 0, needed: 1, unleased: 0 };
  expect(await quotaLeases.lease('replica', [request], SOMEBODY.at)).toMatchObject([{ units: 10, remaining: 990 }]);
});
