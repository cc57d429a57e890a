import type { Strategy } from '@offerstream/contracts';
import type { FreshDatabase } from './fresh-database.fixture.js';
import type { OutcomeReport } from './outcome-report.js';
import { DAY_MS, offerTo, openShops, OTHER, purchase, SHOP, START_MS, touch } from './outcomes.fixture.js';
import type { Outcomes } from './outcomes.js';

const HOUR_MS = 3_600_000;

let fresh: FreshDatabase;
let outcomes: Outcomes;
beforeEach(async () => {
  fresh = await openShops();
  ({ outcomes } = fresh.database);
});
afterEach(() => fresh.database.close());

const report = (tenant = SHOP): Promise<OutcomeReport> =>
  outcomes.report({
    tenant,
    from: new Date(START_MS - DAY_MS),
    to: new Date(START_MS + 30 * DAY_MS),
    windowDays: 7,
    by: ['strategy'],
  });
const total = async () => (await report()).total;

it('takes each id once, whatever comes under it again, in one call or another', async () => {
  const first = touch('t1', 0, { items: ['a', 'b'] });
  const changed = touch('t1', 5, { items: ['c', 'd', 'e'], offer: offerTo('anna', 'o2') });
  expect(await outcomes.takeTouches([first, changed])).toMatchObject({ taken: 1, repeated: 1, unknownOffer: 0 });
  expect(await outcomes.takeTouches([changed, changed, first])).toMatchObject({ taken: 0, repeated: 3 });
  await outcomes.takePurchases(
    ['a', 'b', 'c', 'd', 'e'].map((item) => purchase(item, 10, { items: [{ item, quantity: 1, revenueMicros: 1 }] })),
  );
  expect(await total()).toMatchObject({ impressions: 1, clicks: 1, conversions: 2 });
});

it('takes each order once, whatever its repeats say', async () => {
  const line = { item: 'a', quantity: 1, revenueMicros: 3 };
  await outcomes.takeTouches([touch('t1', 0)]);
  expect(await outcomes.takePurchases([purchase('p1', 1, { items: [line] })])).toMatchObject({ taken: 1 });
  const longer = purchase('p1', 2, { items: [line, line, line] });
  expect(await outcomes.takePurchases([longer, longer])).toMatchObject({ taken: 0, repeated: 2 });
  expect(await total()).toMatchObject({ conversions: 1, revenueMicros: { EUR: 3 } });
});

it('takes an id once when several take it at the same moment', async () => {
  const touches = Array.from({ length: 200 }, (_, index) => touch(`t${index}`, index, { items: ['a', 'b', 'c'] }));
  const attempts = [touches, touches.toReversed(), touches, touches.toReversed()];
  const counts = await Promise.all(attempts.map((attempt) => outcomes.takeTouches(attempt)));
  expect(counts.reduce((sum, { taken }) => sum + taken, 0)).toBe(200);
  expect(counts.reduce((sum, { repeated }) => sum + repeated, 0)).toBe(600);
});

it('keeps out a touch of an offer that the tenant never made, also one of another tenant', async () => {
  const touches = [
    touch('t1', 0, { offer: offerTo('anna', 'o1', { tenant: OTHER }) }),
    touch('t2', 0, { offer: offerTo('anna', 'o1', { placement: 'nowhere' }) }),
    touch('t3', 0, { offer: offerTo('anna', 'o1', { version: '3' }) }),
    touch('t4', 0, { tenant: 'nobody' }),
    touch('t5', 0),
  ];
  expect(await outcomes.takeTouches(touches)).toMatchObject({ taken: 1, unknownOffer: 4 });
  expect(await total()).toMatchObject({ impressions: 1 });
  expect((await report(OTHER)).groups).toEqual([]);
});

it('takes a purchase that names an offer of nobody as one that names none', async () => {
  const stray = { offer: offerTo('anna', 'o1', { tenant: OTHER }) };
  const purchases = [purchase('p1', 1, stray), purchase('p2', 1, { tenant: 'nobody' })];
  expect(await outcomes.takePurchases(purchases)).toEqual({ taken: 1, repeated: 0, unknownOffer: 1, unknownTenant: 1 });
  expect(await total()).toMatchObject({ conversions: 0 });
  await outcomes.takeTouches([touch('t1', 0)]);
  expect(await total()).toMatchObject({ conversions: 1 });
});

it('takes an order without items, which is owed to the offer that it names', async () => {
  const offer = offerTo('anna', 'o1');
  await outcomes.takePurchases([purchase('p1', 1, { items: [], offer }), purchase('p2', 1, { items: [] })]);
  expect(await total()).toEqual({ impressions: 0, clicks: 0, conversions: 1, revenueMicros: {} });
});

it("tells the tenants of late, and forgets what is older than a moment, all tenants' and few at a time", async () => {
  const ids = Array.from({ length: 10 }, (_, index) => `t${index}`);
  for (const tenant of [SHOP, OTHER]) {
    await outcomes.takeTouches(
      ids.map((id, day) => touch(id, day * DAY_MS, { tenant, offer: offerTo('anna', id, { tenant }) })),
    );
    await outcomes.takePurchases(ids.map((id, day) => purchase(id, day * DAY_MS, { tenant })));
  }
  await outcomes.takePurchases([purchase('late', 40 * DAY_MS, { tenant: OTHER })]);
  expect(await outcomes.tenantsSince(new Date(START_MS + 9 * DAY_MS))).toEqual([OTHER, SHOP]);
  expect(await outcomes.tenantsSince(new Date(START_MS + 20 * DAY_MS))).toEqual([OTHER]);
  const before = new Date(START_MS + 5 * DAY_MS);
  const removed: number[] = [];
  do removed.push(await outcomes.removeBefore(before, 4));
  while (removed.at(-1) !== 0);
  expect(removed).toEqual([8, 8, 4, 0]);
  expect(await total()).toMatchObject({ impressions: 5 });
  expect((await report(OTHER)).total).toMatchObject({ impressions: 5 });
});

describe('a purchased item', () => {
  const strategies = async (): Promise<Readonly<Record<string, number>>> =>
    Object.fromEntries(
      (await report()).groups
        .filter(({ conversions }) => conversions > 0)
        .map(({ keys, conversions }) => [String(keys.strategy), conversions]),
    );
  const by = (strategy: Strategy) => ({ offer: offerTo('anna', strategy, { strategy }) });

  it('is owed to the last click on it, or the last time it was put into the cart, before the purchase', async () => {
    await outcomes.takePurchases([purchase('p1', 100)]);
    await outcomes.takeTouches([
      touch('t3', 101, by('personal')),
      touch('t2', 90, { ...by('last'), type: 'cart' }),
      touch('t1', 80, by('popular')),
      touch('t4', 95, { ...by('personal'), items: ['b'] }),
      touch('t5', 96, { ...by('personal'), type: 'impression' }),
    ]);
    expect(await strategies()).toEqual({ last: 1 });
  });

  it('is owed to nobody once the window is over', async () => {
    const order = 20 * DAY_MS;
    await outcomes.takePurchases([purchase('p1', order)]);
    await outcomes.takeTouches([touch('t1', order - 7 * DAY_MS)]);
    expect(await strategies()).toEqual({});
    await outcomes.takeTouches([touch('t2', order - 7 * DAY_MS + 1)]);
    expect(await strategies()).toEqual({ personal: 1 });
  });

  it('is owed to the offer that its order names where nothing was done with the item', async () => {
    await outcomes.takePurchases([purchase('p1', 100, by('popular'))]);
    expect(await strategies()).toEqual({ popular: 1 });
    await outcomes.takeTouches([touch('t1', 90, by('personal'))]);
    expect(await strategies()).toEqual({ personal: 1 });
  });

  it("is owed to nobody else's offer", async () => {
    await outcomes.takeTouches([touch('t1', 90, { subject: 'ben' })]);
    await outcomes.takePurchases([purchase('p1', 100)]);
    expect(await strategies()).toEqual({});
  });
});

describe('a subject that touches more than sixty times in a minute', () => {
  /** @param ms how long it takes */
  const burst = (count: number, ms: number, from = 0) =>
    Array.from({ length: count }, (_, index) =>
      touch(`t${from}-${index}`, from + Math.floor((index * ms) / (count - 1)), {
        offer: offerTo('anna', `o${from}-${index}`),
      }),
    );

  it('has a day that does not count, and other days that do', async () => {
    await outcomes.takeTouches([
      ...burst(61, 59_999, HOUR_MS),
      touch('next', DAY_MS),
      touch('ben', 0, { subject: 'ben', offer: offerTo('ben', 'o') }),
    ]);
    await outcomes.takePurchases([purchase('p1', 23 * HOUR_MS), purchase('p2', DAY_MS + 1)]);
    expect(await total()).toMatchObject({ impressions: 2, conversions: 1 });
  });

  it('is a person up to sixty, and where a minute has passed', async () => {
    await outcomes.takeTouches(burst(60, 59_999));
    await outcomes.takeTouches(burst(61, 60_000, HOUR_MS));
    expect(await total()).toMatchObject({ impressions: 121 });
  });

  const inHours = async (from: number, to: number) =>
    (
      await outcomes.report({
        tenant: SHOP,
        from: new Date(START_MS + from * HOUR_MS),
        to: new Date(START_MS + to * HOUR_MS),
        windowDays: 1,
        by: [],
      })
    ).total;

  it('is seen in a part of the day that the report is not about', async () => {
    const early = touch('early', 0, { offer: offerTo('anna', 'early') });
    await outcomes.takeTouches([early, ...burst(61, 10_000, 20 * HOUR_MS)]);
    expect(await inHours(0, 1)).toMatchObject({ impressions: 0 });
  });

  it('is seen where only the window reaches, and over midnight', async () => {
    const noon = touch('noon', 36 * HOUR_MS, { offer: offerTo('anna', 'noon') });
    await outcomes.takeTouches([noon]);
    await outcomes.takePurchases([purchase('p1', 48 * HOUR_MS)]);
    expect(await inHours(48, 49)).toMatchObject({ conversions: 1 });
    await outcomes.takeTouches(burst(61, 40_000, 24 * HOUR_MS - 30_000));
    expect(await inHours(48, 49)).toMatchObject({ conversions: 0 });
  });
});
