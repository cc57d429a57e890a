import { startPostgres } from '@offerstream/infra';
import {
  MAX_LINE_MICROS,
  offerId,
  subjectKey,
  topicOnBroker,
  type PlacementId,
  type Strategy,
  type SubjectId,
  type TenantId,
} from '@offerstream/contracts';
import { ControlClient } from '@offerstream/control-client';
import { BatchingProducer, createKafka } from '@offerstream/kafka';
import { freshDatabase, tempFolder, uniqueTopicNaming } from '@offerstream/testing';
import {
  freshPlace,
  startControl,
  startReadyControl,
  TEST_TIMEOUT_MS,
  until,
  type ControlPlace,
  type RunningControl,
} from '../running-control.fixture.js';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.now();

const SHOP = 'shop' as TenantId;
const OTHER = 'other' as TenantId;
const modelOf = (tenant: TenantId) => `${tenant}.behaviour`;
const MODEL = modelOf(SHOP);

const offerTo = (subject: string, moment: string, strategy: Strategy = 'personal', tenant = SHOP): string =>
  offerId(tenant, subject as SubjectId, moment, {
    placement: 'home' as PlacementId,
    model: { name: modelOf(tenant), version: '1' },
    strategy,
  });

const outcome = (id: string, fields: object = {}) => ({
  id,
  tenant: SHOP,
  subject: 'anna',
  type: 'click',
  offerId: offerTo('anna', 'o1'),
  items: [{ item: 'a' }],
  orderId: null,
  currency: null,
  bot: false,
  occurredAt: new Date(NOW_MS - HOUR_MS).toISOString(),
  ...fields,
});
type Sent = ReturnType<typeof outcome>;

const order = (id: string, fields: object = {}): Sent =>
  outcome(id, {
    type: 'purchase',
    offerId: null,
    orderId: id,
    currency: 'EUR',
    items: [{ item: 'a', quantity: 2, priceMicros: 5_000_000 }],
    occurredAt: new Date(NOW_MS).toISOString(),
    ...fields,
  });

const send = async ({ brokers, naming }: ControlPlace, values: readonly (Sent | string)[]): Promise<void> => {
  const producer = new BatchingProducer(createKafka({ brokers, naming, clientId: 'outcomes-spec' }));
  try {
    await producer.sendAll(
      values.map((value) => ({
        topic: topicOnBroker('outcomes', naming),
        key: typeof value === 'string' ? 'shop:anna' : subjectKey(value.tenant, value.subject as SubjectId),
        value: typeof value === 'string' ? value : JSON.stringify(value),
        headers: {},
      })),
    );
  } finally {
    await producer.disconnect();
  }
};

const setUpShops = async (control: RunningControl): Promise<void> => {
  for (const tenant of [SHOP, OTHER]) {
    const placements = [{ id: 'home', model: modelOf(tenant), slots: 10, validitySeconds: 600 }];
    await control.call('PUT', `/v1/tenants/${tenant}`, { consent: 'assumed', placements });
    const promoted = await control.call('PUT', `/v1/models/${modelOf(tenant)}?tenant=${tenant}`, {
      version: '1',
      family: 'behaviour',
      popular: [],
    });
    expect(promoted.status).toBe(200);
  }
};

interface Figures {
  readonly impressions: number;
  readonly clicks: number;
  readonly ctr: number | null;
  readonly conversions: number;
  readonly revenueMicros: Readonly<Record<string, number>>;
}
const totalOf = async (control: RunningControl, tenant: string = SHOP): Promise<Figures> =>
  (await control.call('GET', `/v1/reports/outcomes?tenant=${tenant}`)).body['total'] as Figures;

const resultsOf = async (control: RunningControl): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    [
      ...(await control.metrics.metrics()).matchAll(
        /^offerstream_control_outcomes_total\{result="([a-z-]+)"\} (\d+)$/gm,
      ),
    ].map(([, result, count]) => [String(result), Number(count)]),
  );
/** Once all records that were sent have become something. */
const settled = (control: RunningControl, results: number): Promise<void> =>
  until(async () => Object.values(await resultsOf(control)).reduce((sum, count) => sum + count, 0) >= results);

describe('outcomes on the topic', () => {
  let place: ControlPlace;
  let control: RunningControl;
  beforeEach(async () => {
    place = await freshPlace();
    control = await startReadyControl(place);
    await setUpShops(control);
  }, TEST_TIMEOUT_MS);
  afterEach(() => control.close());

  it(
    'become a report, whatever else stands there, in whichever order, and however often',
    async () => {
      const popular = { offerId: offerTo('ben', 'o2', 'popular'), subject: 'ben' };
      const good = [
        outcome('i1', { type: 'impression', items: [] }),
        outcome('i2', { type: 'impression', offerId: offerTo('anna', 'o3') }),
        outcome('c1'),
        outcome('c2', popular),
        order('p1'),
        order('p2', { subject: 'ben' }),
        order('p3', { subject: 'eve' }),
        order('p4', {
          ...popular,
          offerId: popular.offerId,
          items: [{ item: 'z', priceMicros: 1_000_000 }],
          currency: 'USD',
        }),
      ];
      const bad = [
        '{',
        'null',
        JSON.stringify({ ...outcome('x1'), type: 'dance' }),
        outcome('x2', { bot: true }),
        outcome('x3', { offerId: offerTo('anna', 'o1', 'personal', OTHER) }),
        outcome('x4', { offerId: offerTo('ben', 'o1') }),
        outcome('x5', { offerId: `${offerTo('anna', 'o1').slice(0, 24)}00000000` }),
        outcome('x6', { tenant: OTHER }),
        order('x7', { tenant: 'nobody' }),
        outcome('x8', { occurredAt: '1999-01-01T00:00:00Z' }),
      ];
      const sent = [...good.toReversed(), ...bad, ...good, order('another', { orderId: 'p1' })];
      await send(place, sent);
      await settled(control, sent.length);
      expect(await resultsOf(control)).toEqual({
        taken: 8,
        repeated: 9,
        misfit: 3,
        bot: 1,
        'unknown-offer': 4,
        'unknown-tenant': 1,
        'too-old': 1,
      });
      const { status, body } = await control.call('GET', `/v1/reports/outcomes?tenant=${SHOP}&by=strategy`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ tenant: SHOP, windowDays: 7, by: ['strategy'] });
      expect(body['groups']).toEqual([
        {
          strategy: 'personal',
          impressions: 2,
          clicks: 1,
          ctr: 0.5,
          conversions: 1,
          revenueMicros: { EUR: 10_000_000 },
        },
        {
          strategy: 'popular',
          impressions: 1,
          clicks: 1,
          ctr: 1,
          conversions: 2,
          revenueMicros: { EUR: 10_000_000, USD: 1_000_000 },
        },
      ]);
      expect(body['total']).toMatchObject({ impressions: 3, clicks: 2, conversions: 3 });
      expect(await totalOf(control, OTHER)).toEqual({
        impressions: 0,
        clicks: 0,
        ctr: null,
        conversions: 0,
        revenueMicros: {},
      });
      expect(control.logged.filter((line) => line.includes("an outcome can't be read"))).not.toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'are a report, too, where somebody tells of more money than an int holds',
    async () => {
      const items = Array.from({ length: 10 }, (_, index) => ({ item: `i${index}`, priceMicros: MAX_LINE_MICROS }));
      await send(place, [order('p1', { offerId: offerTo('anna', 'o1'), items })]);
      await settled(control, 1);
      const client = new ControlClient({ url: control.url, token: control.token });
      expect((await client.reportOutcomes(SHOP)).total.revenueMicros).toEqual({ EUR: 1e16 });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'are told to Prometheus, and forgotten when they are too old',
    async () => {
      await send(place, [
        outcome('c1'),
        outcome('c2', { occurredAt: new Date(NOW_MS - 48 * HOUR_MS).toISOString(), offerId: offerTo('anna', 'o2') }),
        order('p1'),
      ]);
      await settled(control, 3);
      expect(await totalOf(control)).toMatchObject({ impressions: 2, conversions: 1 });
      await control.close();
      control = await startControl(place, { CONTROL_OUTCOME_DAYS: '1' });
      const labels = `tenant="shop",placement="home",strategy="personal",model="${MODEL}",version="1"`;
      await until(async () =>
        (await control.metrics.metrics()).includes(`offerstream_control_offers_shown{${labels}} 1`),
      );
      const text = await control.metrics.metrics();
      expect(text).toContain(`offerstream_control_offers_clicked{${labels}} 1`);
      expect(text).toContain(`offerstream_control_offers_bought_from{${labels}} 1`);
      expect(text).toContain(`offerstream_control_offers_revenue{${labels},currency="EUR"} 10\n`);
      await until(async () => (await totalOf(control)).impressions === 1);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'are told to whom they belong, who may see them, in the time and the window that is asked for',
    async () => {
      await send(place, [outcome('c1'), order('p1')]);
      await settled(control, 2);
      const keyOf = async (tenant: string, scopes: readonly string[]): Promise<string> => {
        const made = await control.call('POST', `/v1/tenants/${tenant}/keys`, {
          purpose: scopes.join(),
          kind: 'sk',
          scopes,
        });
        return made.body['key'] as string;
      };
      const [mine, others, other] = [
        await keyOf(SHOP, ['reports:read']),
        await keyOf(SHOP, ['offers:read']),
        await keyOf(OTHER, ['reports:read']),
      ];
      const ask = (key: string, query = '') => control.callAs(key, 'GET', `/v1/reports/outcomes${query}`);
      const all = '?by=version,placement,strategy';
      expect((await ask(mine, all)).body['groups']).toMatchObject([
        { placement: 'home', strategy: 'personal', model: MODEL, version: '1', conversions: 1 },
      ]);
      const client = new ControlClient({ url: control.url, token: mine });
      expect((await client.reportOutcomes(SHOP)).groups).toEqual((await ask(mine)).body['groups']);
      const asked = { from: new Date(NOW_MS), to: new Date(NOW_MS + 1), by: ['model'], windowDays: 3 } as const;
      expect(await client.reportOutcomes(SHOP, asked)).toMatchObject({
        from: asked.from.toISOString(),
        to: asked.to.toISOString(),
        windowDays: 3,
        groups: [{ model: MODEL, conversions: 1, impressions: 0, ctr: null }],
      });
      expect((await ask(others)).body).toMatchObject({ code: 'scope-missing' });
      expect((await ask(other)).body).toMatchObject({ tenant: OTHER, groups: [] });
      expect((await ask(other, `?tenant=${SHOP}`)).body).toMatchObject({ code: 'tenant-unknown' });
      expect((await control.call('GET', '/v1/reports/outcomes')).body).toMatchObject({ code: 'tenant-missing' });
      expect((await control.call('GET', '/v1/reports/outcomes?tenant=nobody')).body).toMatchObject({
        code: 'tenant-unknown',
      });

      const at = (ms: number) => encodeURIComponent(new Date(NOW_MS + ms).toISOString());
      const conversions = async (query: string) => ((await ask(mine, query)).body['total'] as Figures).conversions;
      expect(await conversions(`?from=${at(0)}&to=${at(1)}`)).toBe(1);
      expect(await conversions(`?to=${at(0)}`)).toBe(0);
      expect((await ask(mine, `?from=${at(0)}&to=${at(0)}`)).body).toMatchObject({ code: 'from-after-to' });
      for (const wrong of ['?by=subject', '?by=', '?windowDays=0', '?from=yesterday', '?unknown=1']) {
        expect((await ask(mine, wrong)).body).toMatchObject({ code: 'invalid' });
      }
    },
    TEST_TIMEOUT_MS,
  );
});

it(
  'a database that is restored from before takes the outcomes again that it lacks, once',
  async () => {
    const place = await freshPlace();
    const backup = { ...place, databaseUrl: await freshDatabase() };
    // It knows the shops, and nothing of the topic.
    let control = await startReadyControl({ ...backup, naming: uniqueTopicNaming() });
    await setUpShops(control);
    await control.close();
    control = await startReadyControl(place);
    try {
      await setUpShops(control);
      await send(place, [outcome('c1'), order('p1')]);
      await settled(control, 2);
      await control.close();
      control = await startReadyControl(backup);
      await settled(control, 2);
      await control.close();
      control = await startReadyControl(backup);
      await send(place, [order('p2')]);
      await settled(control, 1);
      expect(await totalOf(control)).toMatchObject({ clicks: 1, conversions: 2 });
      expect(await resultsOf(control)).toEqual({ taken: 1 });
    } finally {
      await control.close();
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'outcomes wait on their topic while Postgres is away, readiness tells, and each is counted once when it is back',
  async () => {
    const postgres = await startPostgres({ dataDir: await tempFolder(), port: 0, log: () => undefined, env: {} });
    const place = await freshPlace({ databaseUrl: postgres.url });
    let control = await startControl(place);
    try {
      await until(() => control.health.ready().ok);
      await setUpShops(control);
      const clicks = (from: number) =>
        Array.from({ length: 30 }, (_, index) =>
          outcome(`c${from + index}`, {
            subject: `s${from + index}`,
            offerId: offerTo(`s${from + index}`, 'o'),
          }),
        );
      await send(place, clicks(0));
      await settled(control, 30);
      await postgres.kill();
      await send(place, clicks(30));
      await until(() => control.health.ready().checks['outcomes']?.reason.startsWith('outcomes wait') === true);
      // What waits is not lost with the process either.
      await control.close();
      control = await startControl(place);
      await send(place, clicks(60));
      await postgres.restart();
      await until(async () => control.health.ready().ok && (await totalOf(control)).clicks === 90);
      expect((await resultsOf(control))['repeated'] ?? 0).toBe(0);
    } finally {
      await control.close();
      await postgres.stop();
    }
  },
  TEST_TIMEOUT_MS,
);
