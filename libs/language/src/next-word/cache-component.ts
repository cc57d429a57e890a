import type { Sentence } from '../text/corpus.js';
import type { NextWordModel } from './next-word-model.js';

export interface CacheOptions {
  /** [V]: log-probabilities of words that are not in the cache, up to its weight. */
  readonly background: Float32Array;
  /** A word that was said so many words ago counts half. */
  readonly halfLifeWords: number;
  /** Counts as so many words of the history. */
  readonly backgroundWeight: number;
}

/** The words of the history, decayed by their age, mixed with a background (Kuhn & De Mori 1990): what was said is said again. */
export const cacheComponent = (
  name: string,
  { background, halfLifeWords, backgroundWeight }: CacheOptions,
): NextWordModel => {
  const vocabularySize = background.length;
  const decay = 0.5 ** (1 / halfLifeWords);
  const write = (weights: ReadonlyMap<number, number>, total: number, out: Float32Array): void => {
    const share = Math.log(backgroundWeight / (total + backgroundWeight));
    for (let word = 0; word < vocabularySize; word++) out[word] = share + (background[word] as number);
    for (const [word, weight] of weights) {
      out[word] = Math.log(Math.exp(out[word] as number) + weight / (total + backgroundWeight));
    }
  };
  /** Writes a row after each prefix from a length on. */
  const writePrefixes = (sentence: Sentence, from: number, out: Float32Array): void => {
    const weights = new Map<number, number>();
    let total = 0;
    for (let length = 0; length <= sentence.length; length++) {
      if (length >= from) {
        const row = length - from;
        write(weights, total, out.subarray(row * vocabularySize, (row + 1) * vocabularySize));
      }
      if (length === sentence.length) break;
      for (const [word, weight] of weights) weights.set(word, weight * decay);
      const word = sentence[length] as number;
      weights.set(word, (weights.get(word) ?? 0) + 1);
      total = total * decay + 1;
    }
  };
  return {
    name,
    vocabularySize,
    afterHistories(histories, out) {
      for (const [row, history] of histories.entries()) {
        writePrefixes(history, history.length, out.subarray(row * vocabularySize, (row + 1) * vocabularySize));
      }
      return Promise.resolve();
    },
    alongSentences(sentences, out) {
      let row = 0;
      for (const sentence of sentences) {
        writePrefixes(sentence, 0, out.subarray(row * vocabularySize));
        row += sentence.length + 1;
      }
      return Promise.resolve();
    },
  };
};
