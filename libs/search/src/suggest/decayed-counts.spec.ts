import { DecayedCounts } from './decayed-counts.js';

const HALF_LIFE_MS = 1000;

test('a count halves in its half-life, whatever came in between', () => {
  const counts = new DecayedCounts(HALF_LIFE_MS);
  const added: { id: number; atMs: number }[] = [];
  // Far apart, so that weights have to be scaled down; one comes late.
  for (const [id, atMs] of [
    [0, 5_000],
    [1, 5_000],
    [0, 6_500],
    [2, 400_000],
    [2, 399_000],
    [3, 900_000],
    [2, 901_000],
  ] as const) {
    counts.add(id, atMs);
    added.push({ id, atMs });
    const nowMs = atMs + 700;
    for (let other = 0; other < 4; other++) {
      const expected = added
        .filter((one) => one.id === other)
        .reduce((sum, one) => sum + 2 ** ((one.atMs - nowMs) / HALF_LIFE_MS), 0);
      expect(counts.weightOf(other) * counts.scaleAt(nowMs)).toBeCloseTo(expected, 9);
    }
  }
});

test('numbers beyond its first room, and none at all', () => {
  const counts = new DecayedCounts(HALF_LIFE_MS);
  expect([counts.weightOf(9), counts.scaleAt(1)]).toEqual([0, 1]);
  counts.add(5_000, 0);
  counts.add(5_001, 0);
  expect([counts.weightOf(5_000), counts.weightOf(5_001), counts.weightOf(1)]).toEqual([1, 1, 0]);
  counts.reset(5_000);
  expect(counts.weightOf(5_000)).toBe(0);
});
