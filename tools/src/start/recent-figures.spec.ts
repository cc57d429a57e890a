import type { Figures } from './figures.js';
import { RecentFigures } from './recent-figures.js';

const figures = (applied: number, offers: number, observed: number): Figures => ({
  events: { applied, dropped: { duplicate: 5 }, failed: { undecodable: 2, crash: 1 } },
  offers,
  lag: 4,
  latency: [
    { upToSeconds: 0.01, count: observed },
    { upToSeconds: Infinity, count: observed },
  ],
  hits: undefined,
  newItems: undefined,
});

it('adds events up over all outcomes', () => {
  expect(new RecentFigures().add(figures(100, 90, 100), 0)).toMatchObject({
    eventsIn: 108,
    failed: 3,
    offersOut: 90,
    lag: 4,
  });
});

it('makes rates and latencies of the last minute alone', () => {
  const recent = new RecentFigures();
  recent.add(figures(0, 0, 1_000), 0);
  recent.add(figures(1_000, 500, 2_000), 10_000);
  const later = recent.add(figures(1_600, 1_100, 2_000), 70_000);
  expect(later.eventsPerSecond).toBeCloseTo(10);
  expect(later.offersPerSecond).toBeCloseTo(10);
  expect(later.latencyMs).toBeUndefined();
});

it('shows what a first reading has, without a rate', () => {
  const summary = new RecentFigures().add(figures(100, 90, 100), 5);
  expect(summary.eventsPerSecond).toBe(0);
  expect(summary.latencyMs?.p50).toBeCloseTo(5);
});
