import type { Sentence } from '../text/corpus.js';

/** Says how likely each word of a vocabulary comes next. What an n-gram, a network, a cache and their fusion have in common. */
export interface NextWordModel {
  /** For people: unique among the models that are put together. */
  readonly name: string;
  /** V. */
  readonly vocabularySize: number;

  /**
   * log P(· | history) for some histories, each the words of a sentence so far.
   *
   * @param out [histories, V]
   */
  afterHistories(histories: readonly Sentence[], out: Float32Array): Promise<void>;

  /**
   * log P(· | prefix) after every prefix of some sentences, the empty one first: the last of a sentence's rows is about its end.
   *
   * @param out [Σ (words + 1), V]
   */
  alongSentences(sentences: readonly Sentence[], out: Float32Array): Promise<void>;
}

/** Rows of {@link NextWordModel.alongSentences}. */
export const rowsOf = (sentences: readonly Sentence[]): number =>
  sentences.reduce((rows, { length }) => rows + length + 1, 0);
