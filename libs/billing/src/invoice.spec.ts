import type { Month } from './calendar-month.js';
import { invoiceLines, totalMicros, type UsedMonth } from './invoice.js';
import type { Plan } from './plan.js';
import { amountMicros } from './price.js';

const MARCH = '2026-03' as Month;
const FEBRUARY = '2026-02' as Month;
const OFFERS = {
  included: 1_000,
  limit: null,
  tiers: [
    { upTo: 10_000, pricePerThousandMicros: 333 },
    { upTo: null, pricePerThousandMicros: 100 },
  ],
};
const PLAN: Plan = {
  id: 'growth',
  name: 'Growth',
  currency: 'EUR',
  whileUnknown: 'serve',
  requestsPerSecond: 100,
  meters: { recommendations: { included: 0, limit: null, tiers: [] }, offers: OFFERS },
};
const used = (month: Month, units: UsedMonth['used'], billed: UsedMonth['billed'] = {}): UsedMonth => ({
  month,
  plan: PLAN,
  used: units,
  billed,
});

it('has a line for each meter of the plan that was used, by name, and none for what the plan does not know', () => {
  const lines = invoiceLines([used(MARCH, { recommendations: 7, offers: 4_000, images: 5 })]);
  expect(lines).toEqual([
    { month: MARCH, meter: 'offers', units: 4_000, included: 1_000, amountMicros: 999 },
    { month: MARCH, meter: 'recommendations', units: 7, included: 0, amountMicros: 0 },
  ]);
  expect(totalMicros(lines)).toBe(999);
});

it('what came late is billed at what it costs on top of what was billed, and nothing is billed twice', () => {
  const lines = invoiceLines([
    used(MARCH, {}),
    used(FEBRUARY, { offers: 1_500, recommendations: 3 }, { offers: 400, recommendations: 3 }),
  ]);
  expect(lines).toEqual([{ month: FEBRUARY, meter: 'offers', units: 1_100, included: 600, amountMicros: 167 }]);
});

it('counts that are lower than what was billed take nothing back', () => {
  expect(invoiceLines([used(FEBRUARY, { offers: 10 }, { offers: 11 })])).toEqual([]);
});

it('however a month comes in parts, all invoices together bill what it costs together', () => {
  for (let seed = 1; seed <= 500; seed++) {
    let units = 0;
    let billed = 0;
    for (let part = 1; part <= 5; part++) {
      const before = units;
      units += (seed * part * 7_919) % 4_001;
      const lines = invoiceLines([used(FEBRUARY, { offers: units }, { offers: before })]);
      billed += totalMicros(lines);
    }
    expect(billed).toBe(amountMicros(OFFERS, units));
  }
});
