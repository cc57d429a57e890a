import { Histogram, Registry } from 'prom-client';
import { bucketsBetween, bucketsOf, quantile, type Buckets } from './latency.js';
import { parseSamples } from './prometheus-text.js';

const buckets = (...counts: readonly number[]): Buckets =>
  counts.map((count, index) => ({ upToSeconds: [0.01, 0.02, 0.05, Infinity][index] ?? Infinity, count }));

it("reads a histogram's buckets out of its samples", async () => {
  const registry = new Registry();
  const histogram = new Histogram({ name: 'took', help: 'h', buckets: [0.01, 0.02, 0.05], registers: [registry] });
  for (const seconds of [0.005, 0.015, 0.015, 9]) histogram.observe(seconds);
  expect(bucketsOf(parseSamples(await registry.metrics()), 'took')).toEqual(buckets(1, 3, 3, 4));
});

it('places a quantile evenly within its bucket', () => {
  expect(quantile(buckets(0, 100, 100, 100), 0.5)).toBeCloseTo(0.015);
  expect(quantile(buckets(50, 100, 100, 100), 0.5)).toBeCloseTo(0.01);
  expect(quantile(buckets(0, 0, 10, 10), 0.99)).toBeCloseTo(0.0497);
});

it('says the last bound where a quantile lies above it, and nothing without observations', () => {
  expect(quantile(buckets(0, 0, 0, 5), 0.5)).toBe(0.05);
  expect(quantile(buckets(0, 0, 0, 0), 0.5)).toBeUndefined();
  expect(quantile([], 0.5)).toBeUndefined();
});

it('counts only what came between two readings, and all of a process that began anew', () => {
  expect(bucketsBetween(buckets(1, 2, 3, 4), buckets(1, 4, 6, 8))).toEqual(buckets(0, 2, 3, 4));
  expect(bucketsBetween(buckets(10, 20, 30, 40), buckets(1, 2, 3, 4))).toEqual(buckets(1, 2, 3, 4));
  expect(bucketsBetween([], buckets(1, 2, 3, 4))).toEqual(buckets(1, 2, 3, 4));
});
