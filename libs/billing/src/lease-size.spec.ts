import { leaseSize } from './lease-size.js';

it.each([
  // limit, remaining, replicas, size: 1 % of the limit bounds the first leases, the rest the last ones
  [20_000, 20_000, 1, 200],
  [20_000, 20_000, 4, 50],
  [20_000, 800, 4, 50],
  [20_000, 799, 4, 49],
  [20_000, 16, 4, 1],
  [20_000, 1, 4, 1],
  [20_000, 0, 4, 0],
  [20_000, -5, 4, 0],
  [50, 50, 4, 1],
  [0, 0, 1, 0],
  [299, 299, 1, 2],
])('of a limit of %i with %i remaining, %i replicas hold %i each', (limit, remaining, replicas, size) => {
  expect(leaseSize({ limit, remaining, replicas })).toBe(size);
});

it('is never more than remains, and all replicas together hold at most 1 % of the limit, or one unit each', () => {
  const wrong: unknown[] = [];
  for (let limit = 1; limit < 5_000; limit += 7) {
    for (const replicas of [1, 2, 3, 8]) {
      for (const remaining of [1, 2, Math.ceil(limit / 3), limit]) {
        const size = leaseSize({ limit, remaining, replicas });
        const isRight = size >= 1 && size <= remaining && size * replicas <= Math.max(replicas, limit / 100);
        if (!isRight) wrong.push({ limit, replicas, remaining, size });
      }
    }
  }
  expect(wrong).toEqual([]);
});
