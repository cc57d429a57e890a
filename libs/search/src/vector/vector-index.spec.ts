import type { ItemId } from '@offerstream/contracts';
import { SeededRandom } from '@offerstream/autodiff';
import { VectorIndex } from './vector-index.js';

const random = new SeededRandom(9).next;
/** Of a few directions, so that many are close to each other, and of any length. */
const randomVector = (dimensions: number): Float32Array => {
  const direction = Math.floor(random() * 3);
  const length = 10 ** (random() * 6 - 3);
  return Float32Array.from(
    { length: dimensions },
    (_, at) => length * ((at % 3 === direction ? 1 : 0) + random() - 0.5),
  );
};
const cosine = (a: Float32Array, b: Float32Array): number => {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, at) => sum + value * (y[at] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

test.each([1, 16, 50])(
  'with %p dimensions it finds what looking at all finds, as items come, change and go',
  (dimensions) => {
    const index = new VectorIndex(dimensions);
    const vectors = new Map<ItemId, Float32Array>();
    const check = (): void => {
      expect(index.size).toBe(vectors.size);
      for (const item of ['0', '1', '2'] as ItemId[]) {
        const stored = index.vectorOf(item);
        const vector = vectors.get(item);
        expect(stored === undefined).toBe(vector === undefined);
        if (stored !== undefined && vector !== undefined) expect(cosine(stored, vector)).toBeCloseTo(1, 5);
      }
      for (const limit of [0, 1, 10, 20_000]) {
        const query = randomVector(dimensions);
        const expected = [...vectors].map(([, vector]) => cosine(query, vector)).sort((a, b) => b - a);
        const found = index.nearest(query, limit);
        expect(found).toHaveLength(Math.min(limit, vectors.size));
        expect(new Set(found.map(({ item }) => item)).size).toBe(found.length);
        for (const [rank, { item, score }] of found.entries()) {
          expect(Math.abs(score - (expected[rank] as number))).toBeLessThan(1e-6);
          expect(Math.abs(score - cosine(query, vectors.get(item) as Float32Array))).toBeLessThan(1e-6);
        }
      }
    };
    check();
    for (const share of [1, 0.5, 0.1]) {
      for (let step = 0; step < 5000; step++) {
        const item = String(Math.floor(random() * 9000)) as ItemId;
        if (random() < share) {
          const vector = randomVector(dimensions);
          index.setItem(item, vector);
          vectors.set(item, vector);
        } else {
          index.removeItem(item);
          vectors.delete(item);
        }
      }
      check();
    }
    for (const item of vectors.keys()) index.removeItem(item);
    vectors.clear();
    check();
  },
);

test("what an item's codes lose moves along with it when it takes a removed one's row", () => {
  const signs = (): number[] => Array.from({ length: 16 }, () => (random() < 0.5 ? 0.25 : -0.25));
  for (let round = 0; round < 300; round++) {
    const index = new VectorIndex(16);
    // Codes of equal numbers lose nothing; those of the other vector do, which may look worse than it is.
    const exact = signs();
    const blurred = Array.from({ length: 16 }, () => random() - 0.5);
    index.setItem('removed' as ItemId, signs());
    index.setItem('exact' as ItemId, exact);
    index.setItem('blurred' as ItemId, blurred);
    index.removeItem('removed' as ItemId);
    const length = Math.hypot(...blurred);
    const query = Float32Array.from(exact, (value, at) => value + (blurred[at] as number) / length + random() / 500);
    const best = Math.max(cosine(query, Float32Array.from(exact)), cosine(query, Float32Array.from(blurred)));
    expect(index.nearest(query, 1)[0]?.score).toBeCloseTo(best, 6);
  }
});

test.each([
  ['another length', [1, 2]],
  ['no direction', [0, 0, 0]],
  ['NaN', [1, NaN, 1]],
  ['infinity', [1, Infinity, 1]],
])('a vector of %s is refused, and changes nothing', (_, vector) => {
  const index = new VectorIndex(3);
  expect(() => index.setItem('a' as ItemId, vector)).toThrow(expect.objectContaining({ code: 'bad-vector' }) as Error);
  expect(() => index.nearest(vector, 1)).toThrow(expect.objectContaining({ code: 'bad-vector' }) as Error);
  expect(index.size).toBe(0);
});

test('only what is accepted is found, however near the others are', () => {
  const index = new VectorIndex(2);
  for (let at = 0; at < 100; at++) index.setItem(String(at) as ItemId, [1, at / 100]);
  const found = index.nearest([1, 0], 2, (item) => Number(item) >= 50);
  expect(found.map(({ item }) => item)).toEqual(['50', '51']);
});
