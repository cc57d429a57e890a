import { estimateDiscounts } from './discounts.js';

const countsOfCounts = (...n: readonly number[]): Uint32Array =>
  Uint32Array.from(n.flatMap((times, index) => Array<number>(times).fill(index)));

test('discounts come from the counts of counts', () => {
  // Y = 100 / (100 + 2 · 30) = 0.625; greater counts and 0 tell nothing.
  const counts = countsOfCounts(7, 100, 30, 16, 10, 500);
  expect(estimateDiscounts(counts)).toEqual([
    1 - 2 * 0.625 * 0.3,
    2 - (3 * 0.625 * 16) / 30,
    3 - (4 * 0.625 * 10) / 16,
  ]);
});

test.each([
  ['no word occurs once', [0, 0, 30, 16, 10]],
  ['no word occurs twice', [0, 100, 0, 16, 10]],
  ['a discount would be negative', [0, 100, 30, 100, 10]],
])('where %s they are fixed', (_, n) => {
  expect(estimateDiscounts(countsOfCounts(...n))).toEqual([0.5, 1, 1.5]);
});
