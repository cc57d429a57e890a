import { allowanceSchema } from '@offerstream/contracts';
import { allowanceOf, planSchema, type MeterTerms, type Plan } from './plan.js';

const price = (upTo: number | null) => ({ upTo, pricePerThousandMicros: 1_000 });
const terms = (more: Partial<MeterTerms>): MeterTerms => ({ included: 0, limit: null, tiers: [], ...more });
const plan = (meters: Plan['meters']): Plan => ({
  id: 'growth',
  name: 'Growth',
  currency: 'EUR',
  whileUnknown: 'serve',
  requestsPerSecond: 500,
  meters,
});

it('an allowance has the limits alone', () => {
  const allowance = allowanceOf(
    plan({ offers: terms({ limit: 10, included: 5 }), explanations: terms({ limit: 0 }), events: terms({}) }),
  );
  expect(allowance).toEqual({
    plan: 'growth',
    limits: { offers: 10, explanations: 0 },
    whileUnknown: 'serve',
    requestsPerSecond: 500,
  });
  expect(allowanceSchema.strict().parse(allowance)).toEqual(allowance);
});

it.each([
  ['none', []],
  ['one', [price(null)]],
  ['several', [price(1), price(2), price(null)]],
])('tiers may be %s', (_name, tiers) => {
  expect(planSchema.safeParse(plan({ offers: terms({ tiers }) })).success).toBe(true);
});

it.each([
  ['have no end', [price(10)]],
  ['end twice', [price(null), price(null)]],
  ['go on after their end', [price(null), price(10)]],
  ['stand still', [price(10), price(10), price(null)]],
  ['fall', [price(10), price(5), price(null)]],
])('tiers that %s are refused', (_name, tiers) => {
  expect(planSchema.safeParse(plan({ offers: terms({ tiers }) })).success).toBe(false);
});

it('events have no limit, because nobody would enforce it', () => {
  expect(planSchema.safeParse(plan({ events: terms({}) })).success).toBe(true);
  const limited = planSchema.safeParse(plan({ events: terms({ limit: 0 }) }));
  expect(limited.error?.issues).toMatchObject([
    { path: ['meters', 'events', 'limit'], message: 'must be null: events are counted and priced, never refused' },
  ]);
});

it('a plan has nothing else, and no fraction of a unit or of a millionth', () => {
  const good = plan({ offers: terms({ tiers: [price(null)] }) });
  expect(planSchema.safeParse(good).success).toBe(true);
  expect(planSchema.safeParse({ ...good, color: 'red' }).success).toBe(false);
  expect(planSchema.safeParse(plan({ offers: terms({ included: 0.5 }) })).success).toBe(false);
  const fraction = { upTo: null, pricePerThousandMicros: 0.5 };
  expect(planSchema.safeParse(plan({ offers: terms({ tiers: [fraction] }) })).success).toBe(false);
});
