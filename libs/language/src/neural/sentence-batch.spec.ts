import { SeededRandom } from '@offerstream/autodiff';
import { randomText } from '../n-gram/random-text.fixture.js';
import { batchesByLength, paddedTokens, sentenceBatch, shuffledBatches } from './sentence-batch.js';

test('sentences stand side by side, and every word and end is asked for once', () => {
  const { tokens, positions, targets } = sentenceBatch([Uint16Array.of(5, 6), Uint16Array.of(7), Uint16Array.of()]);
  expect(tokens).toEqual({ dtype: 'int64', dims: [3, 3], data: BigInt64Array.of(1n, 1n, 1n, 5n, 7n, 1n, 6n, 1n, 1n) });
  expect(positions?.data).toEqual(BigInt64Array.of(0n, 3n, 6n, 1n, 4n, 2n));
  expect(targets?.data).toEqual(BigInt64Array.of(5n, 6n, 1n, 7n, 1n, 1n));
});

test('served sentences stand one below the other', () => {
  expect(paddedTokens([Uint16Array.of(5, 6), Uint16Array.of(7)])).toEqual({
    dtype: 'int64',
    dims: [2, 3],
    data: BigInt64Array.of(1n, 5n, 6n, 1n, 7n, 1n),
  });
});

describe('the batches of an epoch', () => {
  const sentences = [...randomText(1, 30, 3_000).sentences()];
  const batches = shuffledBatches(sentences, 64, new SeededRandom(3).next);

  test('have each sentence once and stay within their size', () => {
    expect(batches.flat()).toHaveLength(sentences.length);
    expect(new Set(batches.flat())).toEqual(new Set(sentences));
    for (const batch of batches) {
      expect(batch.length * (1 + Math.max(...batch.map(({ length }) => length)))).toBeLessThanOrEqual(64);
    }
  });

  test('have little padding and no order', () => {
    const places = batches.reduce(
      (sum, batch) => sum + batch.length * (1 + Math.max(...batch.map((s) => s.length))),
      0,
    );
    const predictions = sentences.reduce((sum, { length }) => sum + length + 1, 0);
    expect(places / predictions).toBeLessThan(1.1);
    // The start alone: pools come one after the other.
    const lengths = batches.slice(0, 20).map(([first]) => (first as Uint16Array).length);
    expect(lengths).not.toEqual(lengths.toSorted((a, b) => a - b));
  });

  test('are the same for the same random numbers', () => {
    expect(shuffledBatches(sentences, 64, new SeededRandom(3).next)).toEqual(batches);
    expect(shuffledBatches(sentences, 64, new SeededRandom(4).next)).not.toEqual(batches);
  });
});

test('a sentence that is longer than a batch stands alone', () => {
  const sentences = [new Uint16Array(100), new Uint16Array(3), new Uint16Array(90)];
  expect(batchesByLength(sentences, 64).map((batch) => batch.map(({ length }) => length))).toEqual([[3], [90], [100]]);
});
