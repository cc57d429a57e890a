import { jest } from '@jest/globals';
import { RateLimits } from './rate-limits.js';

beforeEach(() => {
  jest.useFakeTimers({ now: 10_700 });
});
afterEach(() => {
  jest.useRealTimers();
});

it('holds each key to its limit, at once and a second', () => {
  const limits = new RateLimits();
  expect([limits.take('a', 2), limits.take('a', 2), limits.take('a', 2)]).toEqual([1, 0, undefined]);
  expect(limits.take('b', 2)).toBe(1);
  jest.advanceTimersByTime(499);
  expect(limits.take('a', 2)).toBeUndefined();
  jest.advanceTimersByTime(1);
  expect([limits.take('a', 2), limits.take('a', 2)]).toEqual([0, undefined]);
  jest.advanceTimersByTime(60_000);
  expect([limits.take('a', 2), limits.take('a', 2), limits.take('a', 2)]).toEqual([1, 0, undefined]);
});

it('a limit that changes holds at once', () => {
  const limits = new RateLimits();
  expect([limits.take('a', 1), limits.take('a', 1), limits.take('a', 10), limits.take('a', 1)]).toEqual([
    0,
    undefined,
    9,
    0,
  ]);
});
