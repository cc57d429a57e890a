import { RateLimits } from './rate-limits.js';

let nowMs = 0;
const limits = new RateLimits(() => nowMs);

it('a second begins with a request, and holds each key to its limit', () => {
  nowMs = 10_700;
  expect([limits.take('a', 2), limits.take('a', 2), limits.take('a', 2)]).toEqual([1, 0, -1]);
  expect(limits.take('b', 2)).toBe(1);
  nowMs += 999;
  expect([limits.take('a', 2), limits.take('b', 2)]).toEqual([-2, 0]);
  nowMs += 1;
  expect(limits.take('a', 2)).toBe(1);
});

it('a limit that changes holds at once', () => {
  nowMs += 5_000;
  limits.take('a', 2);
  expect(limits.take('a', 10)).toBe(8);
  expect(limits.take('a', 2)).toBe(-1);
});
