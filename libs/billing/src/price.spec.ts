import { amountMicros } from './price.js';
import type { MeterTerms } from './plan.js';

const terms = (tiers: MeterTerms['tiers'], included = 0): MeterTerms => ({ included, limit: null, tiers });
const tier = (upTo: number | null, pricePerThousandMicros: number) => ({ upTo, pricePerThousandMicros });

const GRADUATED = terms([tier(1_000, 500_000), tier(5_000, 300_000), tier(null, 100_000)], 10_000);

it.each([
  // Nothing up to the included units, then each tier's part at its own price.
  [0, 0],
  [9_999, 0],
  [10_000, 0],
  [10_001, 500],
  [11_000, 500_000],
  [11_001, 500_300],
  [15_000, 500_000 + 4_000 * 300],
  [15_001, 500_000 + 4_000 * 300 + 100],
  [115_000, 500_000 + 4_000 * 300 + 100_000 * 100],
])('%i units cost %i millionths', (units, amount) => {
  expect(amountMicros(GRADUATED, units)).toBe(amount);
});

it.each([
  // 1 unit at 499 or 500 millionths a thousand is 0.499 or 0.5 of a millionth.
  [499, 1, 0],
  [500, 1, 1],
  [1, 499, 0],
  [1, 500, 1],
  [1, 1_499, 1],
  [1, 1_500, 2],
])('at %i millionths a thousand, %i units are rounded half up to %i', (price, units, amount) => {
  expect(amountMicros(terms([tier(null, price)]), units)).toBe(amount);
});

it('is rounded once, not in each tier', () => {
  expect(amountMicros(terms([tier(1, 400), tier(2, 400), tier(null, 400)]), 3)).toBe(1);
});

it('is exact where the product of units and price is none of a double', () => {
  expect(amountMicros(terms([tier(null, 999_999_999)]), 9_007_199_253)).toBe(9_007_199_243_992_801);
});

it('costs nothing without a price, and is refused rather than wrong beyond all counting', () => {
  expect(amountMicros(terms([]), 10 ** 12)).toBe(0);
  expect(() => amountMicros(terms([tier(null, 10 ** 9)]), 10 ** 12)).toThrow(RangeError);
});

it('equals the sum of each unit at its own price, for tiers of any shape', () => {
  // Prices of whole millionths a unit, so that nothing is rounded.
  for (let seed = 1; seed <= 200; seed++) {
    const included = (seed * 7) % 23;
    const bounds = [1 + (seed % 5), 7 + (seed % 11), 20 + (seed % 17)];
    const prices = [seed % 13, (seed * 5) % 17, (seed * 3) % 7, (seed * 11) % 19];
    const tiers = prices.map((price, index) => tier(bounds[index] ?? null, price * 1_000));
    let sum = 0;
    const expected = Array.from({ length: 81 }, (_, units) => {
      const beyond = units - included;
      const index = bounds.findIndex((bound) => beyond <= bound);
      if (beyond > 0) sum += prices[index < 0 ? prices.length - 1 : index] ?? 0;
      return sum;
    });
    expect(expected.map((_, units) => amountMicros(terms(tiers, included), units))).toEqual(expected);
  }
});
