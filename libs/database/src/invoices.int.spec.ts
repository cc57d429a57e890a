import type { InvoiceLine, Month, Plan } from '@offerstream/billing';
import { greatestCounts } from '@offerstream/billing';
import type { TenantId, Usage } from '@offerstream/contracts';
import pg from 'pg';
import { Database } from './database.js';
import { changed, openFreshDatabase, SOMEBODY, type FreshDatabase } from './fresh-database.fixture.js';
import type { Invoice } from './invoices.js';

const SHOP = 'shop' as TenantId;
const [JANUARY, FEBRUARY, MARCH, APRIL] = ['2026-01', '2026-02', '2026-03', '2026-04'] as Month[] as [
  Month,
  Month,
  Month,
  Month,
];
const PLAN: Plan = {
  id: 'special',
  name: 'Special',
  currency: 'EUR',
  whileUnknown: 'serve',
  requestsPerSecond: 100,
  meters: {
    offers: { included: 1_000, limit: null, tiers: [{ upTo: null, pricePerThousandMicros: 5_000 }] },
    events: { included: 0, limit: null, tiers: [{ upTo: null, pricePerThousandMicros: 100 }] },
  },
};

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
  await giveTenant(fresh.database, SHOP);
});
afterEach(() => fresh.database.close());

/** With the plan since the new year. */
const giveTenant = (database: Database, tenant: TenantId) =>
  changed(
    database,
    async (change) => {
      await database.tenants.put(change, { id: tenant, consent: 'assumed', placements: [] });
      await database.plans.put(change, PLAN);
      await database.plans.assign(change, tenant, PLAN.id);
    },
    { ...SOMEBODY, at: new Date('2026-01-01T00:00:00.000Z') },
  );

const use = (month: string, units: number, { meter = 'offers', tenant = SHOP } = {}) =>
  fresh.database.usage.take(
    [{ tenant, source: 'gateway', epoch: 'a', hour: `${month}-15T10:00:00.000Z`, meter, units }],
    'usage',
    new Map(),
  );
const issue = (last: Month, { database = fresh.database, tenant = SHOP } = {}) =>
  changed(database, (change) => database.invoices.issueNext(change, tenant, last));
const list = async (last: Month) =>
  (await fresh.database.invoices.list(SHOP, { last, before: undefined, limit: 100 })).invoices;
const told = (invoice: Invoice | undefined) => ({
  month: invoice?.month,
  number: invoice?.issued?.number,
  lines: invoice?.lines.map(({ month, meter, units, amountMicros }: InvoiceLine) => [
    month,
    meter,
    units,
    amountMicros,
  ]),
  total: invoice?.totalMicros,
});

it('a draft follows the usage; once issued, the invoice is as it was', async () => {
  await use(MARCH, 3_000);
  await use(MARCH, 7, { meter: 'events' });
  const lines = [
    [MARCH, 'events', 7, 1],
    [MARCH, 'offers', 3_000, 10_000],
  ];
  expect((await list(MARCH)).map(told)).toEqual([{ month: MARCH, number: undefined, lines, total: 10_001 }]);
  const issued = await issue(MARCH);
  expect(told(issued)).toEqual({ month: MARCH, number: 1, lines, total: 10_001 });
  await use(MARCH, 5_000);
  expect(await list(MARCH)).toEqual([issued]);
  expect(await fresh.database.invoices.get(SHOP, MARCH, MARCH)).toEqual(issued);
  expect(await issue(MARCH)).toBeUndefined();
});

it('the database itself refuses every change of an issued invoice', async () => {
  await use(MARCH, 3_000);
  await issue(MARCH);
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  for (const statement of [
    'UPDATE invoices SET total_micros = 0',
    'DELETE FROM invoices',
    'TRUNCATE invoices CASCADE',
    'UPDATE invoice_lines SET amount_micros = 0',
    'DELETE FROM invoice_lines',
    'TRUNCATE invoice_lines',
    `INSERT INTO invoice_lines SELECT tenant, month, position + 1, used_in, meter, units, included, amount_micros FROM invoice_lines`,
  ]) {
    await expect(client.query(statement)).rejects.toMatchObject({ code: '23001' });
  }
  await client.end();
  expect(await list(MARCH)).toHaveLength(1);
});

it('what comes late is in the oldest draft, billed on top of what was billed, and once', async () => {
  await use(JANUARY, 600);
  await use(FEBRUARY, 2_000);
  await issue(JANUARY);
  await use(JANUARY, 1_700);
  const february = [
    [FEBRUARY, 'offers', 2_000, 5_000],
    [JANUARY, 'offers', 1_100, 3_500],
  ];
  await use(MARCH, 10);
  const [march, draft, january] = await list(MARCH);
  expect(told(march).lines).toEqual([[MARCH, 'offers', 10, 0]]);
  expect(told(draft)).toEqual({ month: FEBRUARY, number: undefined, lines: february, total: 8_500 });
  expect(told(january).lines).toEqual([[JANUARY, 'offers', 600, 0]]);
  expect(told(await issue(MARCH))).toMatchObject({ month: FEBRUARY, number: 2, lines: february });
  expect(told(await issue(MARCH))).toMatchObject({ month: MARCH, number: 3, lines: [[MARCH, 'offers', 10, 0]] });
});

it('what comes for a month that was passed over is late too, and after three months it is not billed', async () => {
  await use(JANUARY, 1_500);
  await issue(JANUARY);
  await use(MARCH, 20);
  await issue(MARCH);
  await use(FEBRUARY, 1_200);
  await use(APRIL, 30);
  expect(told(await issue(APRIL)).lines).toEqual([
    [APRIL, 'offers', 30, 0],
    [FEBRUARY, 'offers', 1_200, 1_000],
  ]);
  await use(JANUARY, 9_000);
  await use(FEBRUARY, 9_000);
  expect(told(await issue('2026-06' as Month))).toMatchObject({
    month: '2026-05',
    lines: [[FEBRUARY, 'offers', 7_800, 39_000]],
  });
  expect(await issue('2026-06' as Month)).toBeUndefined();
});

it('a tenant is due while it has used what is not billed and an invoice can take, and only then', async () => {
  const due = async (last: Month) => (await fresh.database.invoices.due(last)).length > 0;
  expect(await due(APRIL)).toBe(false);
  await use(JANUARY, 1_500);
  await use(APRIL, 1);
  expect(await due('2025-12' as Month)).toBe(false);
  expect(await due(JANUARY)).toBe(true);
  await issue(JANUARY);
  expect(await due(JANUARY)).toBe(false);
  expect(await due(MARCH)).toBe(false);
  await use(JANUARY, 1_600);
  expect(await due(JANUARY)).toBe(false);
  expect(await due(FEBRUARY)).toBe(true);
  await issue(FEBRUARY);
  expect(await due(MARCH)).toBe(false);
  expect(await due(APRIL)).toBe(true);
  await issue(APRIL);
  await use(JANUARY, 1_700);
  expect(await due('2026-05' as Month)).toBe(false);
  await use(FEBRUARY, 5);
  expect(await due('2026-05' as Month)).toBe(true);
});

it('a month is priced by the plan that the tenant had at its end', async () => {
  const assign = (plan: Plan, at: string) =>
    changed(
      fresh.database,
      async (change) => {
        await fresh.database.plans.put(change, plan);
        await fresh.database.plans.assign(change, SHOP, plan.id);
      },
      { ...SOMEBODY, at: new Date(at) },
    );
  const priced = (pricePerThousandMicros: number): Plan => ({
    ...PLAN,
    meters: { offers: { included: 0, limit: null, tiers: [{ upTo: null, pricePerThousandMicros }] } },
  });
  await assign(priced(1_000), '2026-03-31T23:59:59.999Z');
  await assign(priced(2_000), '2026-04-01T00:00:00.000Z');
  await use(FEBRUARY, 2_000);
  await use(MARCH, 2_000);
  await use(APRIL, 2_000);
  const invoices = [await issue(APRIL), await issue(APRIL), await issue(APRIL)];
  expect(invoices.map((invoice) => [invoice?.plan.version, invoice?.totalMicros])).toEqual([
    [1, 5_000],
    [2, 2_000],
    [3, 4_000],
  ]);
});

it('who has no plan gets no invoice, and neither does a month before the first', async () => {
  const other = 'no-plan' as TenantId;
  await changed(fresh.database, (change) =>
    fresh.database.tenants.put(change, { id: other, consent: 'assumed', placements: [] }),
  );
  await use(MARCH, 5_000, { tenant: other });
  expect(await fresh.database.invoices.due(MARCH)).toEqual([]);
  expect(await issue(MARCH, { tenant: other })).toBeUndefined();
  await use('2025-12', 5_000);
  expect(await issue(MARCH)).toBeUndefined();
  await use(JANUARY, 1);
  expect(told(await issue(MARCH))).toMatchObject({ month: JANUARY });
});

it('instances that race issue each invoice once, and the numbers have no gaps', async () => {
  const second = new Database({ url: fresh.url, onConnectionLost: () => undefined });
  const shops = Array.from({ length: 6 }, (_, index) => `shop-${index}` as TenantId);
  for (const tenant of shops) {
    await giveTenant(fresh.database, tenant);
    for (const month of [JANUARY, FEBRUARY, MARCH]) await use(month, 1_500, { tenant });
  }
  const issueAll = async (database: Database): Promise<readonly Invoice[]> => {
    const issued: Invoice[] = [];
    for (const tenant of await database.invoices.due(MARCH)) {
      for (;;) {
        const invoice = await issue(MARCH, { database, tenant });
        if (invoice === undefined) break;
        issued.push(invoice);
      }
    }
    return issued;
  };
  const issued = (await Promise.all([fresh.database, second].map(issueAll))).flat();
  await second.close();
  expect(issued.map(({ issued: is }) => is?.number).sort((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: 18 }, (_, index) => index + 1),
  );
  expect(new Set(issued.map(({ tenant, month }) => `${tenant} ${month}`)).size).toBe(18);
  expect(await fresh.database.invoices.due(MARCH)).toEqual([]);
});

it('an issuing that is undone leaves no gap', async () => {
  await use(JANUARY, 1);
  await use(FEBRUARY, 1);
  const { database } = fresh;
  await expect(
    changed(database, async (change) => {
      await database.invoices.issueNext(change, SHOP, MARCH);
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');
  expect(await issue(MARCH)).toMatchObject({ issued: { number: 1 } });
  expect(await issue(MARCH)).toMatchObject({ issued: { number: 2 } });
});

it('are listed in pages, newest first', async () => {
  for (const month of [JANUARY, FEBRUARY, MARCH, APRIL]) await use(month, 1);
  await issue(FEBRUARY);
  await issue(FEBRUARY);
  const page = async (before: Month | undefined) => {
    const { invoices, next } = await fresh.database.invoices.list(SHOP, { last: APRIL, before, limit: 3 });
    return [invoices.map(({ month, issued }) => [month, issued?.number]), next];
  };
  expect(await page(undefined)).toEqual([
    [
      [APRIL, undefined],
      [MARCH, undefined],
      [FEBRUARY, 2],
    ],
    FEBRUARY,
  ]);
  expect(await page(FEBRUARY)).toEqual([[[JANUARY, 1]], undefined]);
});

it('the same usage, each record three times and in any order, makes the same invoices in a fresh database', async () => {
  const records: Usage[] = [];
  for (let day = 1; day <= 90; day++) {
    for (const epoch of ['a', 'b']) {
      for (const flush of [1, 2, 3]) {
        const window = new Date(Date.UTC(2026, 0, day, day % 24)).toISOString();
        const counts = { offers: flush * day * 7, events: flush * day };
        records.push({ tenant: SHOP, source: 'gateway', epoch, window, counts });
      }
    }
  }
  const invoicesOf = async (database: Database): Promise<string> => {
    const invoices = [];
    for (const last of [JANUARY, FEBRUARY, MARCH, APRIL]) invoices.push(await issue(last, { database }));
    return JSON.stringify(invoices);
  };
  await fresh.database.usage.take(greatestCounts(records), 'usage', new Map());
  const again = await openFreshDatabase();
  await giveTenant(again.database, SHOP);
  const thrice = [...records, ...records, ...records]
    .map((record, index) => ({ record, at: (index * 7_919) % 1_621 }))
    .sort((left, right) => left.at - right.at)
    .map(({ record }) => record);
  for (let start = 0; start < thrice.length; start += 100) {
    await again.database.usage.take(greatestCounts(thrice.slice(start, start + 100)), 'usage', new Map());
  }
  const [first, second] = [await invoicesOf(fresh.database), await invoicesOf(again.database)];
  await again.database.close();
  expect(second).toBe(first);
  expect(first.length).toBeGreaterThan(500);
});
