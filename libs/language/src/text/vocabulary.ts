import { LanguageError } from '../errors.js';

/** Id of every word that the vocabulary lacks. */
export const UNKNOWN = 0;
/** Id of the end of a sentence; in a history it is the start of the next. */
export const END = 1;

export const UNKNOWN_WORD = '<unk>';
export const END_WORD = '</s>';

/** Ids fit in 16 bits: a softmax over more words would take longer than anybody waits. */
export const MAX_VOCABULARY = 1 << 16;

/** The words that a model knows: ids 0 … size - 1, of which {@link UNKNOWN} and {@link END} are no words. */
export class Vocabulary {
  readonly #ids: ReadonlyMap<string, number>;

  /**
   * @param words by id, none twice, none with white space
   * @throws {LanguageError} `bad-option`
   */
  constructor(readonly words: readonly string[]) {
    this.#ids = new Map(words.map((word, id) => [word, id]));
    if (words[UNKNOWN] !== UNKNOWN_WORD || words[END] !== END_WORD) {
      throw new LanguageError('bad-option', `A vocabulary starts with ${UNKNOWN_WORD} and ${END_WORD}.`);
    }
    const spaced = words.find((word) => word === '' || /\s/u.test(word));
    if (spaced !== undefined) {
      throw new LanguageError('bad-option', `"${spaced}" is no word: a word has no white space and is not empty.`);
    }
    if (this.#ids.size !== words.length) throw new LanguageError('bad-option', 'A word is twice in the vocabulary.');
    if (words.length > MAX_VOCABULARY) {
      throw new LanguageError('bad-option', `A vocabulary has at most ${MAX_VOCABULARY} words, not ${words.length}.`);
    }
  }

  /**
   * {@link UNKNOWN_WORD}, {@link END_WORD} and the most frequent words, `size` in all where there are as many; among equally
   * frequent ones the first by the bytes of UTF-8.
   *
   * @throws {LanguageError} `bad-option`
   */
  static ofMostFrequent(counts: Iterable<readonly [word: string, count: number]>, size: number): Vocabulary {
    if (!Number.isInteger(size) || size < 3 || size > MAX_VOCABULARY) {
      throw new LanguageError('bad-option', `A vocabulary has 3 to ${MAX_VOCABULARY} words, not ${size}.`);
    }
    const ranked = [...counts]
      .filter(([word, count]) => count > 0 && word !== UNKNOWN_WORD && word !== END_WORD)
      .map(([word, count]) => ({ word, count, bytes: Buffer.from(word) }))
      .sort((a, b) => b.count - a.count || Buffer.compare(a.bytes, b.bytes));
    return new Vocabulary([UNKNOWN_WORD, END_WORD, ...ranked.slice(0, size - 2).map(({ word }) => word)]);
  }

  get size(): number {
    return this.words.length;
  }

  /** {@link UNKNOWN} for a word that is not in it. The text of a sentence's end is an ordinary unknown word. */
  idOf(word: string): number {
    return word === END_WORD ? UNKNOWN : (this.#ids.get(word) ?? UNKNOWN);
  }

  wordOf(id: number): string {
    const word = this.words[id];
    if (word === undefined) throw new LanguageError('bad-option', `Word ids are 0 to ${this.size - 1}, not ${id}.`);
    return word;
  }

  encode(words: readonly string[]): Uint16Array<ArrayBuffer> {
    return Uint16Array.from(words, (word) => this.idOf(word));
  }
}
