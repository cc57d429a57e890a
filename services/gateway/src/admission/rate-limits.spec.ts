import { jest } from '@jest/globals';
import { RateLimits } from './rate-limits.js';

beforeEach(() => {
  jest.useFakeTimers({ now: 10_700 });
});
afterEach(() => {
  jest.useRealTimers();
});

const takes = async (limits: RateLimits, ...requests: readonly (readonly [string, number])[]) => {
  const left: number[] = [];
  for (const [key, limit] of requests) left.push(await limits.take(key, limit));
  return left;
};

it('a second begins with a request, and holds each key to its limit', async () => {
  const limits = new RateLimits();
  expect(await takes(limits, ['a', 2], ['a', 2], ['a', 2], ['b', 2])).toEqual([1, 0, -1, 1]);
  jest.advanceTimersByTime(999);
  expect(await takes(limits, ['a', 2], ['b', 2])).toEqual([-2, 0]);
  jest.advanceTimersByTime(1);
  expect(await takes(limits, ['a', 2])).toEqual([1]);
});

it('a limit that changes holds at once', async () => {
  expect(await takes(new RateLimits(), ['a', 2], ['a', 10], ['a', 2])).toEqual([1, 8, -1]);
});
