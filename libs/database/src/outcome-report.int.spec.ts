import { originCode, STRATEGIES, type PlacementId, type Strategy } from '@offerstream/contracts';
import type { FreshDatabase } from './fresh-database.fixture.js';
import { REPORT_KEYS, type OutcomeFigures, type ReportKey, type ReportQuery } from './outcome-report.js';
import { DAY_MS, offerTo, openShops, OTHER, PLACEMENTS, purchase, SHOP, START_MS, touch } from './outcomes.fixture.js';
import type { Purchase, Touch } from './outcomes.js';

const DAYS = 12;
const SUBJECTS = ['anna', 'ben', 'eve', 'kim', 'lou', 'max'];
const ITEMS = ['a', 'b', 'c', 'd'];
const VERSIONS = ['1', '2'];
const MINUTE_MS = 60_000;

/** Mulberry32. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

interface Life {
  readonly touches: readonly Touch[];
  readonly purchases: readonly Purchase[];
}

/** What happened in two shops, with a machine now and then. No two things at the same moment. */
const lifeFrom = (random: () => number): Life => {
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
  const moments = new Set<number>();
  const moment = (): number => {
    let at = Math.floor(random() * DAYS * DAY_MS);
    while (moments.has(at)) at += 1;
    moments.add(at);
    return at;
  };
  const offer = (subject: string, tenant: typeof SHOP) =>
    offerTo(subject, `o${Math.floor(random() * 8)}`, {
      tenant,
      placement: pick(PLACEMENTS),
      strategy: pick(STRATEGIES),
      version: pick(VERSIONS),
    });
  const someItems = (): readonly string[] => ITEMS.filter(() => random() < 0.4);
  const touches = Array.from({ length: 500 }, (_, index) => {
    const [tenant, subject] = [pick([SHOP, SHOP, OTHER]), pick(SUBJECTS)];
    const type = pick(['impression', 'click', 'click', 'cart'] as const);
    const items = type === 'impression' ? [] : someItems();
    return touch(`t${1_000 + index}`, moment(), { tenant, subject, offer: offer(subject, tenant), type, items });
  });
  const machines = Array.from({ length: 4 }, (_, machine) => {
    const [subject, start] = [pick(SUBJECTS), moment()];
    return Array.from({ length: 55 + Math.floor(random() * 15) }, (__, index) => {
      const at = start + 950 * index;
      moments.add(at);
      return touch(`m${machine}-${100 + index}`, at, { subject, offer: offer(subject, SHOP), items: someItems() });
    });
  });
  const purchases = Array.from({ length: 150 }, (_, index) => {
    const [tenant, subject] = [pick([SHOP, SHOP, OTHER]), pick(SUBJECTS)];
    return purchase(`p${1_000 + index}`, moment(), {
      tenant,
      subject,
      currency: pick(['EUR', 'USD', null]),
      offer: random() < 0.3 ? offer(subject, tenant) : undefined,
      items: someItems().map((item) => ({
        item,
        quantity: 1,
        revenueMicros: random() < 0.1 ? null : Math.floor(random() * 1e8),
      })),
    });
  });
  return { touches: [...touches, ...machines.flat()], purchases };
};

interface Origin {
  readonly placement: string;
  readonly strategy: Strategy;
  readonly model: string;
  readonly version: string;
}

const dayOf = ({ subject, at }: { readonly subject: string; readonly at: Date }): string =>
  `${subject} ${at.toISOString().slice(0, 10)}`;

const machineDaysOf = (touches: readonly Touch[]): ReadonlySet<string> =>
  new Set(
    touches
      .filter((one) => {
        const minuteAgo = one.at.getTime() - MINUTE_MS;
        const within = touches.filter(
          ({ subject, at }) => subject === one.subject && at <= one.at && at.getTime() > minuteAgo,
        );
        return within.length > 60;
      })
      .map(dayOf),
  );

interface Group {
  readonly shown: Set<string>;
  readonly clicked: Set<string>;
  readonly orders: Set<string>;
  readonly revenue: Map<string, number>;
}
const emptyGroup = (): Group => ({ shown: new Set(), clicked: new Set(), orders: new Set(), revenue: new Map() });

/** The report again, in loops that anybody can check. */
const reportByLoops = (life: Life, { tenant, from, to, windowDays, by }: ReportQuery) => {
  const origins = new Map<string, Origin>();
  for (const placement of PLACEMENTS) {
    for (const strategy of STRATEGIES) {
      for (const version of VERSIONS) {
        const origin = { placement: placement as PlacementId, model: { name: 'm', version }, strategy };
        origins.set(originCode(tenant, origin), { placement, strategy, model: 'm', version });
      }
    }
  }
  const own = life.touches.filter((one) => one.tenant === tenant);
  const machineDays = machineDaysOf(own);
  const touches = own.filter((one) => !machineDays.has(dayOf(one)));

  const groups = new Map<string, Group>();
  const groupsOf = (originCodeOfOffer: string) => {
    const origin = origins.get(originCodeOfOffer);
    if (origin === undefined) throw new Error('No such origin.');
    return ['total', JSON.stringify(Object.fromEntries(by.map((key) => [key, origin[key]])))].map((name) => {
      const group = groups.get(name) ?? emptyGroup();
      groups.set(name, group);
      return group;
    });
  };
  for (const { offer, type, at } of touches) {
    if (at < from || at >= to) continue;
    for (const group of groupsOf(offer.origin)) {
      group.shown.add(offer.id);
      if (type !== 'impression') group.clicked.add(offer.id);
    }
  }
  for (const order of life.purchases) {
    if (order.tenant !== tenant || order.at < from || order.at >= to || machineDays.has(dayOf(order))) continue;
    for (const { item, revenueMicros } of order.items.length === 0 ? [NO_ITEM] : order.items) {
      let last: Touch | undefined;
      for (const one of touches) {
        const ageMs = order.at.getTime() - one.at.getTime();
        if (one.subject !== order.subject || one.type === 'impression' || !one.items.includes(item)) continue;
        if (ageMs < 0 || ageMs >= windowDays * DAY_MS || (last !== undefined && last.at > one.at)) continue;
        last = one;
      }
      const offer = last?.offer ?? order.offer;
      if (offer === undefined) continue;
      for (const { orders, revenue } of groupsOf(offer.origin)) {
        orders.add(order.purchase);
        if (order.currency !== null && revenueMicros !== null)
          revenue.set(order.currency, (revenue.get(order.currency) ?? 0) + revenueMicros);
      }
    }
  }
  return new Map(
    [...groups].map(([name, { shown, clicked, orders, revenue }]): [string, OutcomeFigures] => [
      name,
      {
        impressions: shown.size,
        clicks: clicked.size,
        conversions: orders.size,
        revenueMicros: Object.fromEntries(revenue),
      },
    ]),
  );
};
const NO_ITEM = { item: '', revenueMicros: null };

/** In any order, some of them again, in calls of any size. */
const arrivals = <Value>(values: readonly Value[], random: () => number): readonly (readonly Value[])[] => {
  const again = values.filter(() => random() < 0.3);
  const shuffled = [...values, ...again]
    .map((value) => ({ value, place: random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ value }) => value);
  const calls: Value[][] = [];
  while (shuffled.length > 0) calls.push(shuffled.splice(0, 1 + Math.floor(random() * 100)));
  return calls;
};

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openShops();
});
afterEach(() => fresh.database.close());

it.each([1, 2, 3])('counts what loops count, however it arrives (%i)', async (seed) => {
  const { outcomes } = fresh.database;
  const random = randomFrom(seed);
  const life = lifeFrom(random);
  const [touchCalls, purchaseCalls] = [arrivals(life.touches, random), arrivals(life.purchases, random)];
  for (const call of purchaseCalls.slice(0, 2)) await outcomes.takePurchases(call);
  for (const call of touchCalls) await outcomes.takeTouches(call);
  for (const call of purchaseCalls.slice(2)) await outcomes.takePurchases(call);

  expect(machineDaysOf(life.touches.filter(({ tenant }) => tenant === SHOP)).size).toBeGreaterThan(0);
  for (const by of [[], ['strategy'], ['placement', 'strategy'], REPORT_KEYS] as readonly (readonly ReportKey[])[]) {
    for (const windowDays of [1, 7]) {
      for (const [start, end] of [
        [0, DAYS],
        [2.3, 8.71],
      ] as const) {
        for (const tenant of [SHOP, OTHER]) {
          const query: ReportQuery = {
            tenant,
            from: new Date(START_MS + start * DAY_MS),
            to: new Date(START_MS + end * DAY_MS),
            windowDays,
            by,
          };
          const expected = reportByLoops(life, query);
          const { groups, total } = await outcomes.report(query);
          expect(total).toEqual(expected.get('total'));
          expect(groups.length).toBe(expected.size - 1);
          for (const { keys, ...figures } of groups) {
            const name = JSON.stringify(Object.fromEntries(by.map((key) => [key, keys[key]])));
            expect({ name, ...figures }).toEqual({ name, ...expected.get(name) });
          }
        }
      }
    }
  }
});
