import {
  QuotaLeases,
  type LeaseRequest,
  type Month,
  type Plan,
  type QuotaLessor,
  type Taken,
} from '@offerstream/billing';
import type { TenantId } from '@offerstream/contracts';
import { Database } from './database.js';
import { changed, openFreshDatabase, type FreshDatabase } from './fresh-database.fixture.js';

const MARCH = '2026-03' as Month;
const AT = new Date('2026-03-15T12:00:00.000Z');
const LIMIT = 20_000;

let fresh: FreshDatabase;
/** Two instances of the back office. */
let instances: readonly [Database, Database];
beforeAll(async () => {
  fresh = await openFreshDatabase();
  instances = [fresh.database, new Database({ url: fresh.url, onConnectionLost: () => undefined })];
});
afterAll(() => Promise.all(instances.map((instance) => instance.close())));

let tenants = 0;
const tenantWith = async (limit: number | null): Promise<TenantId> => {
  const { database } = fresh;
  const tenant = `tenant-${++tenants}` as TenantId;
  const plan: Plan = {
    id: `plan-${tenants}`,
    name: 'Plan',
    currency: 'EUR',
    whileUnknown: 'serve',
    requestsPerSecond: 100,
    meters: { offers: { included: 0, limit, tiers: [] } },
  };
  await changed(database, async (change) => {
    await database.tenants.put(change, { id: tenant, consent: 'assumed', placements: [] });
    await database.plans.put(change, plan);
    await database.plans.assign(change, tenant, plan.id);
  });
  return tenant;
};

const ask = (tenant: TenantId, more: Partial<LeaseRequest> = {}): LeaseRequest => ({
  tenant,
  meter: 'offers',
  month: MARCH,
  held: 0,
  needed: 1,
  unleased: 0,
  ...more,
});

let replicas = 0;
/** A replica of the gateway, which asks both instances by turns. */
const newReplica = (): QuotaLeases => {
  const name = `replica-${++replicas}`;
  let calls = 0;
  const instance = (): Database => instances[++calls % 2] as Database;
  const lessor: QuotaLessor = {
    lease: (requests) => instance().quotaLeases.lease(name, requests, AT),
    giveBack: (returns) => instance().quotaLeases.giveBack(name, returns),
  };
  return new QuotaLeases({
    lessor,
    nowMs: () => AT.getTime(),
    waitMs: 60_000,
    onLessorFailed: (error) => {
      throw error;
    },
  });
};
/** Other tests' replicas would have a share. */
beforeEach(() => fresh.database.quotaLeases.forgetBefore('', new Date(AT.getTime() + 3_600_000)));

/** Takes one unit at a time, 50 side by side, until the quota is used up or `most` are taken. */
const takeUntilUsedUp = async (leases: QuotaLeases, tenant: TenantId, most = Infinity): Promise<number> => {
  let granted = 0;
  let isUsedUp = false;
  const taker = async (): Promise<void> => {
    while (!isUsedUp && granted < most) {
      const taken: Taken = await leases.take(tenant, 'offers');
      if (taken === 'granted') granted++;
      else isUsedUp = true;
      // As between two requests, so that the replicas race.
      if (granted % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: 50 }, taker));
  return granted;
};

const usedOf = async (tenant: TenantId): Promise<number> => {
  const [grant] = await fresh.database.quotaLeases.lease('observer', [ask(tenant, { held: LIMIT })], AT);
  return LIMIT - (grant?.remaining ?? 0);
};

it('four replicas and two instances grant a limit of 20,000 exactly', async () => {
  const tenant = await tenantWith(LIMIT);
  const granted = await Promise.all(Array.from({ length: 4 }, () => takeUntilUsedUp(newReplica(), tenant)));
  expect(granted.reduce((sum, each) => sum + each)).toBe(LIMIT);
  for (const each of granted) expect(each).toBeGreaterThan(0);
});

it('a replica that crashes costs at most 1 % of the limit, and nothing is granted beyond it', async () => {
  const tenant = await tenantWith(LIMIT);
  const crashing = newReplica();
  const before = takeUntilUsedUp(crashing, tenant, 1_000);
  const others = Array.from({ length: 3 }, () => takeUntilUsedUp(newReplica(), tenant));
  const granted = (await Promise.all([before, ...others])).reduce((sum, each) => sum + each);
  expect(granted).toBeLessThan(LIMIT);
  expect(granted).toBeGreaterThanOrEqual(LIMIT * 0.99);
});

it('a replica that ends gives back what it has not spent, and the others get it', async () => {
  const tenant = await tenantWith(LIMIT);
  const [ending, staying] = [newReplica(), newReplica()];
  const before = await takeUntilUsedUp(ending, tenant, 1_000);
  await ending.close();
  expect(await usedOf(tenant)).toBe(before);
  expect(before + (await takeUntilUsedUp(staying, tenant))).toBe(LIMIT);
});

it('what comes twice is not given back twice, nor settled twice', async () => {
  const { quotaLeases } = fresh.database;
  const tenant = await tenantWith(LIMIT);
  await quotaLeases.lease('other', [ask(tenant)], AT);
  const before = await usedOf(tenant);
  await quotaLeases.lease('ending', [ask(tenant, { unleased: 30 })], AT);
  await quotaLeases.lease('ending', [ask(tenant, { unleased: 30 })], AT);
  const last = { tenant, meter: 'offers', month: MARCH, spent: 7, unleased: 35 };
  await Promise.all(instances.map((instance) => instance.quotaLeases.giveBack('ending', [last])));
  expect((await usedOf(tenant)) - before).toBe(7 + 35);
});

it('a lease is shared with the replicas that were heard of in the last 30 s', async () => {
  const { quotaLeases } = fresh.database;
  const tenant = await tenantWith(LIMIT);
  const grantAt = async (seconds: number) => {
    const [grant] = await quotaLeases.lease('asking', [ask(tenant)], new Date(AT.getTime() + seconds * 1_000));
    return grant?.units;
  };
  await quotaLeases.lease('alive', [], new Date(AT.getTime() + 10_000));
  await quotaLeases.lease('alive-too', [], new Date(AT.getTime() + 20_000));
  expect(await grantAt(20)).toBe(66);
  expect(await grantAt(39)).toBe(66);
  expect(await grantAt(40)).toBe(100);
  await quotaLeases.giveBack('alive-too', []);
  expect(await grantAt(41)).toBe(200);
});

it('many tenants are leased in one call, in the order of the requests, and a tenant without a limit always', async () => {
  const limited = await tenantWith(10);
  const unlimited = await tenantWith(null);
  const requests = [
    ask(unlimited, { held: 5 }),
    ask(limited, { needed: 10 }),
    ask(limited, { month: '2026-04' as Month }),
    ask('no-plan' as TenantId),
    ask(limited, { meter: 'explanations' }),
  ];
  const grants = await fresh.database.quotaLeases.lease('replica', requests, AT);
  expect(grants.map(({ units, remaining }) => [units, remaining > 10 ? 'many' : remaining])).toEqual([
    [95, 'many'],
    [10, 0],
    [1, 9],
    [100, 'many'],
    [100, 'many'],
  ]);
});

it('a call that fails leaves nothing behind, and holds nobody up', async () => {
  const tenant = await tenantWith(LIMIT);
  const twice = [ask(tenant), ask(tenant)];
  await expect(fresh.database.quotaLeases.lease('replica', twice, AT)).rejects.toThrow();
  expect(await usedOf(tenant)).toBe(0);
});

it('callers that name the same quotas in different orders never wait for each other in vain', async () => {
  const tenant = await tenantWith(LIMIT);
  const meters = Array.from({ length: 20 }, (_, index) => `meter-${index}`);
  const calls = Array.from({ length: 20 }, (_, turn) => {
    const requests = (turn % 2 === 0 ? meters : meters.toReversed()).map((meter) => ask(tenant, { meter }));
    return (instances[turn % 2] as Database).quotaLeases.lease(`replica-${turn}`, requests, AT);
  });
  expect((await Promise.all(calls)).flat()).toHaveLength(400);
});

it('quotas of months that are over are forgotten, with all shares in them', async () => {
  const { quotaLeases } = fresh.database;
  const tenant = await tenantWith(LIMIT);
  await quotaLeases.lease('replica', [ask(tenant), ask(tenant, { month: '2026-04' as Month })], AT);
  await quotaLeases.forgetBefore('2026-04', AT);
  const [march, april] = await quotaLeases.lease(
    'replica',
    [ask(tenant, { held: LIMIT }), ask(tenant, { held: LIMIT, month: '2026-04' as Month })],
    AT,
  );
  expect(march?.remaining).toBe(LIMIT);
  expect(april?.remaining).toBeLessThan(LIMIT);
});
