import { constant, glorotUniform, normal, uniform } from './initializers.js';
import { dropoutMask } from './operations/dropout.js';
import { SeededRandom } from './random.js';

const moments = (values: Float32Array): { readonly mean: number; readonly deviation: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
};

test('constant fills the shape', () => {
  expect(constant(3)([2, 2], () => 0)).toEqual(Float32Array.of(3, 3, 3, 3));
  expect(constant(3)([], () => 0)).toEqual(Float32Array.of(3));
});

test.each([
  ['uniform', uniform(0.5), 0.5 / Math.sqrt(3), 0.5],
  ['normal', normal(2), 2, Infinity],
  ['Glorot', glorotUniform, Math.sqrt(2 / 500), Math.sqrt(6 / 500)],
])('%s has mean 0, its deviation and its limit', (_, initializer, deviation, limit) => {
  const values = initializer([200, 300], new SeededRandom(1).next);
  expect(values).toHaveLength(60_000);
  const found = moments(values);
  expect(Math.abs(found.mean)).toBeLessThan(deviation / 50);
  expect(found.deviation / deviation).toBeCloseTo(1, 1);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit);
});

test('every random number makes a finite value', () => {
  for (const number of [0, 1 - 2 ** -32]) expect(Number.isFinite(normal(1)([1], () => number)[0])).toBe(true);
});

test('equal seeds give equal values, other seeds others', () => {
  const values = (seed: number): Float32Array => normal(1)([9], new SeededRandom(seed).next);
  expect(values(1)).toEqual(values(1));
  expect(values(1)).not.toEqual(values(2));
});

test('random numbers go on from a saved state', () => {
  const random = new SeededRandom(5);
  random.next();
  const again = new SeededRandom(random.state);
  expect([again.next(), again.next()]).toEqual([random.next(), random.next()]);
});

test('a dropout mask keeps the mean', () => {
  const mask = dropoutMask(100_000, 0.2, new SeededRandom(1).next);
  expect(new Set(mask)).toEqual(new Set([0, 1.25]));
  expect(moments(mask).mean).toBeCloseTo(1, 1);
});
