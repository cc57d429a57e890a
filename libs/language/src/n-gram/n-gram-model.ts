import { LanguageError } from '../errors.js';
import type { Corpus } from '../text/corpus.js';
import { END, type Vocabulary } from '../text/vocabulary.js';
import { countNGrams } from './count-n-grams.js';
import { find } from './find.js';
import { ContextSums, NGramLevel, packLevel, type StoredLevel } from './n-gram-level.js';

export const MAX_ORDER = 10;

export interface NGramOptions {
  readonly vocabulary: Vocabulary;
  /** Words of the longest n-grams: 1 to {@link MAX_ORDER}. */
  readonly order: number;
}

/**
 * Interpolated modified Kneser-Ney (Chen & Goodman 1999) over a closed vocabulary, nothing pruned:
 * P(w | h) = (c(h w) - D(c(h w))) / Σ_v c(h v) + γ(h) P(w | h without its first word), down to the uniform distribution.
 *
 * The n-grams are a trie of sorted arrays: those that continue an n-gram stand side by side. For every length, the n-gram that ends a
 * history is found from the one a word earlier, so a history is remembered as one position a length, and scoring goes up from single
 * words until an n-gram is missing.
 */
export class NGramModel {
  readonly #levels: readonly NGramLevel[];
  /** Of contexts with 1, 2, … words. */
  readonly #sums: readonly ContextSums[];
  /** Of every word, without a context. */
  readonly #probabilities: Float64Array;
  readonly #logProbabilities: Float64Array;
  readonly #scratch: Float64Array;

  constructor(
    readonly vocabulary: Vocabulary,
    levels: readonly StoredLevel[],
  ) {
    this.#levels = levels.map((level) => new NGramLevel(level));
    this.#sums = this.#levels
      .slice(1)
      .map((next, index) => new ContextSums((levels[index] as StoredLevel).children, next));
    this.#probabilities = interpolatedUnigrams(this.#levels[0] as NGramLevel);
    this.#logProbabilities = this.#probabilities.map(Math.log);
    this.#scratch = new Float64Array(vocabulary.size);
  }

  /** @throws {LanguageError} `bad-option`, `nothing-to-learn-from` */
  static train(corpus: Corpus, { vocabulary, order }: NGramOptions): NGramModel {
    if (!Number.isInteger(order) || order < 1 || order > MAX_ORDER) {
      throw new LanguageError('bad-option', `The order of n-grams is 1 to ${MAX_ORDER}, not ${order}.`);
    }
    if (corpus.predictions === 0)
      throw new LanguageError('nothing-to-learn-from', 'The text has no sentences; give some.');
    return new NGramModel(vocabulary, countNGrams(corpus.ids, vocabulary.size, order).map(packLevel));
  }

  get order(): number {
    return this.#levels.length;
  }

  get levels(): readonly StoredLevel[] {
    return this.#levels.map(({ stored }) => stored);
  }

  /** Distinct n-grams of all lengths. */
  get nGrams(): number {
    return this.#levels.reduce((sum, { words }) => sum + words.length, 0);
  }

  /** Bytes of its tables in memory, without the vocabulary. */
  get sizeBytes(): number {
    const parts = [...this.#levels, ...this.#sums];
    return parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 3 * this.#scratch.byteLength);
  }

  /** log P(word | history). @param history word ids of the sentence so far */
  logProbability(history: ArrayLike<number>, word: number): number {
    const cursor = this.#after(history);
    return Math.log(this.#advance(cursor, word));
  }

  /** [words + 1]: log-probabilities of each word of a sentence after those before it, and of the sentence's end. */
  scoreSentence(sentence: ArrayLike<number>): Float64Array {
    const cursor = this.#startOfSentence();
    const scores = new Float64Array(sentence.length + 1);
    for (let at = 0; at < sentence.length; at++) scores[at] = Math.log(this.#advance(cursor, sentence[at] as number));
    scores[sentence.length] = Math.log(this.#advance(cursor, END));
    return scores;
  }

  /**
   * log P(· | history) of the whole vocabulary.
   *
   * @param history word ids of the sentence so far
   * @param out [V]
   * @param order at most so many words are looked at, the predicted one included: the distributions that are interpolated
   */
  distribution(history: ArrayLike<number>, out: Float32Array, order = this.order): void {
    this.#distribution(this.#after(history), out, order);
  }

  /**
   * log P(· | prefix) after every prefix of a sentence, the empty one first.
   *
   * @param out [words + 1, V]
   * @param order see {@link distribution}
   */
  distributions(sentence: ArrayLike<number>, out: Float32Array, order = this.order): void {
    const { size } = this.vocabulary;
    const cursor = this.#startOfSentence();
    for (let at = 0; at <= sentence.length; at++) {
      this.#distribution(cursor, out.subarray(at * size, (at + 1) * size), order);
      if (at < sentence.length) this.#advance(cursor, sentence[at] as number);
    }
  }

  #startOfSentence(): Cursor {
    return new Cursor(this.order).startSentence();
  }

  /** Only the last order - 1 words tell. */
  #after(history: ArrayLike<number>): Cursor {
    const known = this.order - 1;
    const cursor = history.length < known ? this.#startOfSentence() : new Cursor(this.order);
    for (let at = Math.max(0, history.length - known); at < history.length; at++) {
      this.#advance(cursor, history[at] as number);
    }
    return cursor;
  }

  /** P(word | cursor), and moves the cursor behind the word. */
  #advance(cursor: Cursor, word: number): number {
    const contexts = cursor.contexts;
    const following = cursor.spare;
    let probability = this.#probabilities[word] as number;
    if (following.length > 0) following[0] = word;
    let found = 1;
    for (let length = 1; length <= cursor.length; length++) {
      const context = contexts[length - 1] as number;
      const sums = this.#sums[length - 1] as ContextSums;
      sums.lookUp(context);
      probability *= sums.backoff;
      if (found < length) continue;
      const { next, children } = sums;
      const at = find(next.words, word, children[context] as number, children[context + 1] as number);
      if (at < 0) continue;
      probability += (next.kept[next.ranks[at] as number] as number) / sums.total;
      if (length < following.length) following[length] = at;
      found = length + 1;
    }
    cursor.swap(Math.min(found, following.length));
    return probability;
  }

  #distribution(cursor: Cursor, out: Float32Array, order: number): void {
    const contexts = cursor.contexts;
    const length = Math.min(cursor.length, order - 1);
    const sums = this.#sums;
    const values = this.#scratch;
    // What the shorter contexts' probabilities are multiplied with, from the longest context down.
    let scale = 1;
    for (let words = length; words >= 1; words--) {
      const { next, children } = sums[words - 1] as ContextSums;
      const context = contexts[words - 1] as number;
      (sums[words - 1] as ContextSums).lookUp(context);
      const { total, backoff } = sums[words - 1] as ContextSums;
      for (let at = children[context] as number; at < (children[context + 1] as number); at++) {
        const word = next.words[at] as number;
        values[word] = (values[word] as number) + (scale * (next.kept[next.ranks[at] as number] as number)) / total;
      }
      scale *= backoff;
    }

    const shift = Math.log(scale);
    for (let word = 0; word < out.length; word++) out[word] = shift + (this.#logProbabilities[word] as number);
    if (length === 0) return;
    // Every word after a longer context has been seen after its last word, too.
    const { next, children } = sums[0] as ContextSums;
    const context = contexts[0] as number;
    for (let at = children[context] as number; at < (children[context + 1] as number); at++) {
      const word = next.words[at] as number;
      out[word] = Math.log((values[word] as number) + scale * (this.#probabilities[word] as number));
      values[word] = 0;
    }
  }
}

/** Where a history ends in the trie: of each length, the n-gram of its last words, up to the longest that the text had. */
class Cursor {
  contexts: Uint32Array;
  spare: Uint32Array;
  /** Words of the longest context. */
  length = 0;

  constructor(order: number) {
    this.contexts = new Uint32Array(order - 1);
    this.spare = new Uint32Array(order - 1);
  }

  startSentence(): this {
    this.contexts[0] = END;
    this.length = Math.min(1, this.contexts.length);
    return this;
  }

  /** Goes on with the contexts in `spare`. */
  swap(length: number): void {
    [this.contexts, this.spare] = [this.spare, this.contexts];
    this.length = length;
  }
}

/** Kneser-Ney's unigrams, interpolated with the uniform distribution: no word has probability 0. */
const interpolatedUnigrams = ({ ranks, counts, kept }: NGramLevel): Float64Array => {
  let total = 0;
  let left = 0;
  for (const rank of ranks) {
    total += counts[rank] as number;
    left += kept[rank] as number;
  }
  const rest = (total - left) / ranks.length;
  return Float64Array.from(ranks, (rank) => ((kept[rank] as number) + rest) / total);
};
