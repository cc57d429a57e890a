import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monthOf, QuotaLeases, type LeaseGrant, type QuotaLessor } from '@offerstream/billing';
import type { TenantId, Usage } from '@offerstream/contracts';
import { ControlClient } from '@offerstream/control-client';
import { startPostgres } from '@offerstream/infra';
import { freshDatabase, startOwnKafka, tempFolder } from '@offerstream/testing';
import {
  freshPlace,
  startReadyControl,
  TEST_TIMEOUT_MS,
  until,
  type Answer,
  type ControlPlace,
  type RunningControl,
} from '../running-control.fixture.js';
import { tellUsage, usageRecord } from './metering.fixture.js';

const PLAN = {
  name: 'Special',
  currency: 'EUR',
  whileUnknown: 'serve',
  requestsPerSecond: 100,
  meters: {
    offers: { included: 100, limit: 3_000, tiers: [{ upTo: null, pricePerThousandMicros: 5_000 }] },
    events: {
      included: 0,
      limit: null,
      tiers: [
        { upTo: 1_000, pricePerThousandMicros: 300 },
        { upTo: null, pricePerThousandMicros: 33 },
      ],
    },
  },
};

/** What all instances of a test go by. */
const time = { now: new Date() };
beforeEach(() => {
  time.now = new Date('2026-01-10T12:00:00.000Z');
});
const running: RunningControl[] = [];
const start = async (place: ControlPlace): Promise<RunningControl> => {
  const control = await startReadyControl(place, {}, () => time.now);
  running.push(control);
  return control;
};
afterEach(() => Promise.all(running.splice(0).map((control) => control.close())));

const ok = (answer: Answer): Answer['body'] => {
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};
const openShops = async (control: RunningControl, ...tenants: readonly string[]): Promise<void> => {
  ok(await control.call('PUT', '/v1/plans/special', PLAN));
  for (const tenant of tenants) {
    ok(await control.call('PUT', `/v1/tenants/${tenant}`, { consent: 'assumed', placements: [] }));
    ok(await control.call('PUT', `/v1/tenants/${tenant}/plan`, { plan: 'special' }));
  }
};
const unitsOf = async (control: RunningControl, tenant: string): Promise<Readonly<Record<string, number>>> => {
  const path = `/v1/tenants/${tenant}/usage?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z&by=month`;
  const totals = ok(await control.call('GET', path))['totals'] as { from: string; meter: string; units: number }[];
  return Object.fromEntries(totals.map(({ from, meter, units }) => [`${from.slice(0, 7)} ${meter}`, units]));
};
const invoicesOf = async (control: RunningControl, tenant: string) =>
  ok(await control.call('GET', `/v1/tenants/${tenant}/invoices`))['invoices'] as Readonly<Record<string, unknown>>[];
/** Asks again while usage is on its way, as the answer says. */
const issue = async (control: RunningControl) => {
  let answer: Answer;
  do answer = await control.call('POST', '/v1/invoices/issue');
  while (answer.body['code'] === 'usage-behind');
  return ok(answer)['issued'];
};

/** Each three times, in an order of its own for each seed. */
const thriceShuffled = <Element>(elements: readonly Element[], seed: number): Element[] =>
  [...elements, ...elements, ...elements]
    .map((element, index) => ({ element, at: (index * 7_919 + seed * 104_729) % 15_485 }))
    .sort((left, right) => left.at - right.at)
    .map(({ element }) => element);

/** Two gateways and a personalizer that count for two shops through a quarter. */
const aQuarter = (): readonly Usage[] => {
  const records: Usage[] = [];
  for (let day = 0; day < 90; day++) {
    const window = new Date(Date.UTC(2026, 0, 1 + day, day % 24)).toISOString();
    for (const tenant of ['one', 'two']) {
      for (let flush = 1; flush <= 3; flush++) {
        for (const epoch of ['a', 'b'])
          records.push(usageRecord(tenant, window, { offers: flush * (day + 1) }, { epoch }));
        records.push(usageRecord(tenant, window, { events: flush * 1_001 }, { source: 'personalizer' }));
      }
    }
  }
  return records;
};

it(
  'usage comes from its topic to the API: repeats and reordering change nothing, and what is no usage stops nothing',
  async () => {
    const place = await freshPlace();
    const control = await start(place);
    await openShops(control, 'one', 'two');
    const misfits = [
      'nope',
      '{}',
      JSON.stringify({ ...usageRecord('one', '2026-01-01T00:00:00.000Z', {}), counts: { offers: -5 } }),
    ];
    await tellUsage(place, thriceShuffled([...aQuarter(), ...misfits], 1));
    const sum = (from: number, days: number, of: (day: number) => number): number =>
      Array.from({ length: days }, (_, index) => of(from + index)).reduce((left, right) => left + right);
    const expected = {
      '2026-01 offers': sum(1, 31, (day) => 6 * day),
      '2026-01 events': 31 * 3_003,
      '2026-02 offers': sum(32, 28, (day) => 6 * day),
      '2026-02 events': 28 * 3_003,
      '2026-03 offers': sum(60, 31, (day) => 6 * day),
      '2026-03 events': 31 * 3_003,
    };
    await until(async () => JSON.stringify(await unitsOf(control, 'two')) === JSON.stringify(sorted(expected)));
    expect(await unitsOf(control, 'one')).toEqual(expected);
    expect(await control.metrics.metrics()).toMatch(/^offerstream_control_usage_records_total\{result="misfit"\} 9$/m);
    await until(async () => /^offerstream_control_usage_lag_records 0$/m.test(await control.metrics.metrics()));
  },
  TEST_TIMEOUT_MS,
);
const sorted = (record: Readonly<Record<string, number>>) => Object.fromEntries(Object.entries(record).sort());

it(
  'a month’s invoice is a draft until the grace period is over, then it stays as it is, and what comes later is in the next',
  async () => {
    const place = await freshPlace();
    const control = await start(place);
    await openShops(control, 'one');
    const told = async (month: string, offers: number) => {
      await tellUsage(place, [usageRecord('one', `${month}-15T10:00:00.000Z`, { offers })]);
      await until(async () => (await unitsOf(control, 'one'))[`${month} offers`] === offers);
    };
    await told('2026-01', 1_100);
    const january = {
      tenant: 'one',
      month: '2026-01',
      status: 'draft',
      number: null,
      issuedAt: null,
      plan: { id: 'special', version: 1, name: 'Special' },
      currency: 'EUR',
      lines: [
        {
          text: 'offers in 2026-01',
          month: '2026-01',
          meter: 'offers',
          units: 1_100,
          included: 100,
          amountMicros: 5_000,
        },
      ],
      totalMicros: 5_000,
    };
    expect(await invoicesOf(control, 'one')).toEqual([january]);
    time.now = new Date('2026-02-03T23:59:59.999Z');
    expect(await issue(control)).toEqual([]);
    time.now = new Date('2026-02-04T00:00:00.000Z');
    expect(await issue(control)).toEqual([{ tenant: 'one', month: '2026-01', number: 1, totalMicros: 5_000 }]);
    const issued = { ...january, status: 'issued', number: 1, issuedAt: '2026-02-04T00:00:00.000Z' };
    await told('2026-01', 1_300);
    await told('2026-02', 50);
    expect(await issue(control)).toEqual([]);
    const [february, ...others] = await invoicesOf(control, 'one');
    expect(others).toEqual([issued]);
    expect(february).toMatchObject({
      month: '2026-02',
      status: 'draft',
      lines: [
        { text: 'offers in 2026-02', units: 50, included: 50, amountMicros: 0 },
        { text: 'late usage of 2026-01: offers', month: '2026-01', units: 200, included: 0, amountMicros: 1_000 },
      ],
      totalMicros: 1_000,
    });
    expect(ok(await control.call('GET', '/v1/tenants/one/invoices/2026-01'))).toEqual(issued);
    expect(await control.call('GET', '/v1/tenants/one/invoices/2025-12')).toMatchObject({
      status: 404,
      body: { code: 'invoice-unknown' },
    });
    const audit = ok(await control.call('GET', '/v1/tenants/one/audit'))['records'] as object[];
    expect(audit).toContainEqual(
      expect.objectContaining({
        operation: 'issueInvoices',
        target: 'invoice 2026-01',
        by: { kind: 'admin', id: 'admin' },
        summary: { number: 1, totalMicros: 5_000, currency: 'EUR' },
      }),
    );
  },
  TEST_TIMEOUT_MS,
);

it(
  'a program reads usage, plans and invoices with the client, whole',
  async () => {
    const place = await freshPlace();
    const control = await start(place);
    await openShops(control, 'one');
    await tellUsage(place, [usageRecord('one', '2026-01-05T00:00:00.000Z', { offers: 500, events: 3 })]);
    await until(async () => (await unitsOf(control, 'one'))['2026-01 offers'] === 500);
    const client = new ControlClient({ url: control.url, token: control.token });
    const one = 'one' as TenantId;
    const answered = async (path: string) => ok(await control.call('GET', path));
    const query = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-02-01T00:00:00Z'), by: 'hour' } as const;
    const asked = 'from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&by=hour';
    expect(await client.getUsage(one, query)).toEqual(await answered(`/v1/tenants/one/usage?${asked}`));
    expect(await client.listPlans()).toEqual((await answered('/v1/plans'))['plans']);
    expect(await client.getTenantPlan(one)).toEqual(await answered('/v1/tenants/one/plan'));
    expect(await client.putTenantPlan(one, 'growth')).toMatchObject({ plan: { id: 'growth', version: 3 } });
    time.now = new Date('2026-03-01T00:00:00.000Z');
    expect(await client.issueInvoices()).toEqual([{ tenant: 'one', month: '2026-01', number: 1, totalMicros: 0 }]);
    const invoices = await client.listInvoices(one);
    expect(invoices).toEqual(await invoicesOf(control, 'one'));
    expect(await client.getInvoice(one, '2026-01')).toEqual(invoices[0]);
    await expect(client.getInvoice(one, '2026-02')).rejects.toMatchObject({ code: 'invoice-unknown' });
  },
  TEST_TIMEOUT_MS,
);

it(
  'two instances share the topic, and issue each invoice once when they race',
  async () => {
    const place = await freshPlace();
    const instances = [await start(place), await start(place)] as const;
    const tenants = Array.from({ length: 5 }, (_, index) => `shop-${index}`);
    await openShops(instances[0], ...tenants);
    await tellUsage(
      place,
      tenants.flatMap((tenant) =>
        ['2026-01', '2026-02'].map((month) => usageRecord(tenant, `${month}-20T00:00:00.000Z`, { offers: 500 })),
      ),
    );
    time.now = new Date('2026-03-20T00:00:00.000Z');
    const issued = (await Promise.all([issue(instances[0]), issue(instances[1]), issue(instances[0])])).flat();
    expect(issued.map((each) => (each as { number: number }).number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
    for (const tenant of tenants) {
      const [left, right] = await Promise.all(instances.map((instance) => invoicesOf(instance, tenant)));
      expect(left).toEqual(right);
      expect(left?.map(({ month, totalMicros }) => [month, totalMicros])).toEqual([
        ['2026-02', 2_000],
        ['2026-01', 2_000],
      ]);
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'a fresh database that takes the topic from the beginning comes to the same invoices, byte for byte',
  async () => {
    const place = await freshPlace();
    /** Before anything is due, so that no instance issues by itself what is asked for. */
    const startEarly = (where: ControlPlace): Promise<RunningControl> => {
      time.now = new Date('2026-01-01T00:00:00.000Z');
      return start(where);
    };
    const invoicesFrom = async (control: RunningControl): Promise<string> => {
      await openShops(control, 'one', 'two');
      time.now = new Date('2026-04-20T00:00:00.000Z');
      const issued = await issue(control);
      return JSON.stringify([issued, await invoicesOf(control, 'one'), await invoicesOf(control, 'two')]);
    };
    const first = await startEarly(place);
    await tellUsage(place, aQuarter());
    const original = await invoicesFrom(first);
    // The group of the first has committed its offsets; the fresh database knows nothing of them.
    await Promise.all(running.splice(0).map((control) => control.close()));
    const again = await startEarly({ ...place, databaseUrl: await freshDatabase() });
    expect(await invoicesFrom(again)).toBe(original);
    const elsewhere = await freshPlace();
    const third = await startEarly(elsewhere);
    await tellUsage(elsewhere, thriceShuffled(aQuarter(), 3));
    expect(await invoicesFrom(third)).toBe(original);
    expect(original.length).toBeGreaterThan(2_000);
  },
  TEST_TIMEOUT_MS,
);

it(
  'while Postgres is away usage stays on its topic and readiness says so; nothing is lost, nothing counted twice',
  async () => {
    const postgres = await startPostgres({ dataDir: await tempFolder(), port: 0, log: () => undefined, env: {} });
    try {
      const place = await freshPlace({ databaseUrl: postgres.url });
      const control = await start(place);
      await openShops(control, 'one');
      const tell = (hour: number) =>
        tellUsage(place, [usageRecord('one', new Date(Date.UTC(2026, 0, 5, hour)).toISOString(), { offers: 7 })]);
      await tell(0);
      await until(async () => (await unitsOf(control, 'one'))['2026-01 offers'] === 7);
      await postgres.kill();
      for (let hour = 1; hour <= 10; hour++) await tell(hour);
      await until(() => /waits/.test(control.health.ready().checks['usage']?.reason ?? ''));
      expect(control.health.ready().checks['usage']?.ok).toBe(false);
      await postgres.restart();
      await until(() => control.health.ready().ok);
      await until(async () => (await unitsOf(control, 'one'))['2026-01 offers'] === 77);
    } finally {
      await Promise.all(running.splice(0).map((control) => control.close()));
      await postgres.stop();
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'nothing is issued while nobody knows whether all usage is there',
  async () => {
    const kafka = await startOwnKafka();
    try {
      const place = await freshPlace({ brokers: kafka.brokers });
      const control = await start(place);
      await openShops(control, 'one');
      await tellUsage(place, [usageRecord('one', '2026-01-05T00:00:00.000Z', { offers: 500 })]);
      await until(async () => (await unitsOf(control, 'one'))['2026-01 offers'] === 500);
      time.now = new Date('2026-02-20T00:00:00.000Z');
      await kafka.kill();
      const refused = await control.call('POST', '/v1/invoices/issue');
      expect(refused).toMatchObject({ status: 503, body: { code: 'usage-behind' } });
      expect(refused.headers.get('retry-after')).toBe('10');
      expect((await invoicesOf(control, 'one')).map(({ status }) => status)).toEqual(['draft']);
      await kafka.restart();
      await until(() => control.health.ready().ok);
      await until(async () => (await control.call('POST', '/v1/invoices/issue')).status === 200);
      expect((await invoicesOf(control, 'one')).map(({ status }) => status)).toEqual(['issued']);
    } finally {
      await Promise.all(running.splice(0).map((control) => control.close()));
      await kafka.stop();
    }
  },
  TEST_TIMEOUT_MS,
);

describe('quotas', () => {
  it(
    'replicas that lease from two instances, and give back, serve exactly the limit',
    async () => {
      const place = await freshPlace();
      const instances = [await start(place), await start(place)] as const;
      await openShops(instances[0], 'one');
      const token = (await readFile(join(place.dataFolder, 'services/service-token'), 'utf8')).trim();
      const post = async (call: number, path: string, body: object) =>
        ok(await (instances[call % 2] as RunningControl).callAs(token, 'POST', path, body));
      const newReplica = (replica: string): QuotaLeases => {
        let calls = 0;
        const lessor: QuotaLessor = {
          lease: async (requests) =>
            (await post(calls++, '/v1/leases', { replica, requests }))['grants'] as LeaseGrant[],
          giveBack: async (returns) => {
            await post(calls++, '/v1/leases/returns', { replica, returns });
          },
        };
        return new QuotaLeases({
          lessor,
          nowMs: () => time.now.getTime(),
          waitMs: 60_000,
          onLessorFailed: (error) => {
            throw error;
          },
        });
      };
      const serve = async (replica: QuotaLeases, most = Infinity): Promise<number> => {
        let served = 0;
        while (served < most && (await replica.take('one' as TenantId, 'offers')) === 'granted') served++;
        return served;
      };
      const replicas = ['a', 'b'].map(newReplica) as [QuotaLeases, ...QuotaLeases[]];
      const [ending, ...staying] = replicas;
      const first = await Promise.all(replicas.map((replica) => serve(replica, 200)));
      await ending.close();
      const rest = await Promise.all(staying.map((replica) => serve(replica)));
      expect([...first, ...rest].reduce((left, right) => left + right)).toBe(3_000);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'are leased to the installation’s own services only, each once a call',
    async () => {
      const place = await freshPlace();
      const control = await start(place);
      await openShops(control, 'one');
      const quota = { tenant: 'one', meter: 'offers', month: monthOf(time.now.getTime()) };
      const request = { ...quota, held: 0, needed: 1, unleased: 0 };
      const token = (await readFile(join(place.dataFolder, 'services/service-token'), 'utf8')).trim();
      const lease = (as: string, requests: readonly object[]) =>
        control.callAs(as, 'POST', '/v1/leases', { replica: 'a', requests });
      const made = ok(await control.call('POST', '/v1/tenants/one/keys', { purpose: 'web', kind: 'sk' }));
      expect((await lease(made['key'] as string, [request])).body).toMatchObject({ code: 'scope-missing' });
      expect((await lease(token, [request, request])).body).toMatchObject({ code: 'invalid' });
      expect((await lease(token, [{ ...request, month: '2026-13' }])).body).toMatchObject({ code: 'invalid' });
      expect((await lease(token, [request])).body).toEqual({ grants: [{ units: 30, remaining: 2_970 }] });
    },
    TEST_TIMEOUT_MS,
  );
});
