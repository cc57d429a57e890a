import type { Tensor, Tensors } from '@offerstream/onnx-runtime';
import type { Sentence } from '../text/corpus.js';
import { END } from '../text/vocabulary.js';

/** Names of the graphs' inputs. */
export const TOKENS = 'tokens';
export const POSITIONS = 'positions';
export const TARGETS = 'targets';

/**
 * Sentences side by side, time first.
 *
 * @returns `tokens` [T, B]: each column {@link END} as the start, then the words, then padding; and for every prediction, sentence after
 * sentence, `positions` [N] in the flattened tokens, and what comes there, `targets` [N]
 */
export const sentenceBatch = (sentences: readonly Sentence[]): Tensors => {
  const steps = 1 + Math.max(0, ...sentences.map(({ length }) => length));
  const rows = sentences.length;
  const predictions = sentences.reduce((sum, { length }) => sum + length + 1, 0);
  const tokens = new BigInt64Array(steps * rows).fill(BigInt(END));
  const positions = new BigInt64Array(predictions);
  const targets = new BigInt64Array(predictions);
  let at = 0;
  for (const [row, sentence] of sentences.entries()) {
    for (let step = 0; step <= sentence.length; step++) {
      const word = sentence[step];
      positions[at] = BigInt(step * rows + row);
      targets[at] = BigInt(word ?? END);
      at += 1;
      if (word !== undefined) tokens[(step + 1) * rows + row] = BigInt(word);
    }
  }
  return {
    [TOKENS]: { dtype: 'int64', dims: [steps, rows], data: tokens },
    [POSITIONS]: { dtype: 'int64', dims: [predictions], data: positions },
    [TARGETS]: { dtype: 'int64', dims: [predictions], data: targets },
  };
};

/** [B, T] int64: each row {@link END} as the start, then a sentence's words, then padding. */
export const paddedTokens = (sentences: readonly Sentence[]): Tensor => {
  const steps = 1 + Math.max(0, ...sentences.map(({ length }) => length));
  const tokens = new BigInt64Array(steps * sentences.length).fill(BigInt(END));
  for (const [row, sentence] of sentences.entries()) {
    for (const [step, word] of sentence.entries()) tokens[row * steps + step + 1] = BigInt(word);
  }
  return { dtype: 'int64', dims: [sentences.length, steps], data: tokens };
};

/** Sentences of similar length are put together within so many batches' worth. */
const POOL_BATCHES = 40;

/**
 * An epoch's batches: all sentences in a random order, those of similar length together, each batch of at most `predictions` of them
 * with padding counted, or of one longer sentence.
 */
export const shuffledBatches = (
  sentences: readonly Sentence[],
  predictions: number,
  random: () => number,
): readonly (readonly Sentence[])[] => {
  const shuffled = shuffle(sentences, random);
  const batches: (readonly Sentence[])[] = [];
  let pool: Sentence[] = [];
  let pooled = 0;
  const empty = (): void => {
    batches.push(...batchesByLength(pool, predictions));
    pool = [];
    pooled = 0;
  };
  for (const sentence of shuffled) {
    pool.push(sentence);
    pooled += sentence.length + 1;
    if (pooled >= POOL_BATCHES * predictions) empty();
  }
  empty();
  return shuffle(batches, random);
};

/** Batches of sentences of similar length, the shortest first; see {@link shuffledBatches}. */
export const batchesByLength = <T extends { readonly length: number }>(
  sentences: readonly T[],
  predictions: number,
): readonly (readonly T[])[] => {
  const batches: T[][] = [];
  let batch: T[] = [];
  for (const sentence of sentences.toSorted((a, b) => a.length - b.length)) {
    if (batch.length > 0 && (batch.length + 1) * (sentence.length + 1) > predictions) {
      batches.push(batch);
      batch = [];
    }
    batch.push(sentence);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};

/** Fisher and Yates' shuffle of a copy. */
const shuffle = <T>(items: readonly T[], random: () => number): T[] => {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
};
