import { constantRate, steppedRate, warmUpThenCosine } from './schedules.js';

test('a constant rate stays', () => {
  expect([1, 1000].map(constantRate(0.1))).toEqual([0.1, 0.1]);
});

test('warm-up rises in a line, the cosine falls to the last rate and stays there', () => {
  const rate = warmUpThenCosine({ rate: 1, warmUp: 4, steps: 14, last: 0.2 });
  expect([1, 2, 4].map(rate)).toEqual([0.25, 0.5, 1]);
  expect(rate(9)).toBeCloseTo(0.6, 12);
  expect([14, 15, 1000].map(rate)).toEqual([0.2, 0.2, 0.2]);
});

test('without warm-up the cosine begins at once', () => {
  const rate = warmUpThenCosine({ rate: 1, warmUp: 0, steps: 2 });
  expect(rate(1)).toBeCloseTo(0.5, 12);
  expect(rate(2)).toBe(0);
});

test('a stepped rate changes after each so many steps', () => {
  const rate = steppedRate({ rate: 8, factor: 0.5, every: 3 });
  expect([1, 3, 4, 6, 7].map(rate)).toEqual([8, 8, 4, 4, 2]);
});
