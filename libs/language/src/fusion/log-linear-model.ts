import { LanguageError } from '../errors.js';
import type { NextWordModel } from '../next-word/next-word-model.js';

/**
 * Several models as one: P(w | h) = exp(Σ θ_i f_i(w, h)) / Σ_v exp(Σ θ_i f_i(v, h)), f_i the log-probabilities of the i-th
 * (Klakow 1998, "Log-linear interpolation of language models"). The sum is over the whole vocabulary.
 */
export class LogLinearModel implements NextWordModel {
  readonly vocabularySize: number;
  readonly #scores: Float64Array;

  /**
   * @param weights θ, one a component
   * @throws {LanguageError} `vocabularies-differ`, `bad-option`
   */
  constructor(
    readonly name: string,
    readonly components: readonly NextWordModel[],
    readonly weights: readonly number[],
  ) {
    this.vocabularySize = commonVocabularySize(components);
    if (weights.length !== components.length || !weights.every(Number.isFinite)) {
      throw new LanguageError('bad-option', `Give a finite weight to each of the ${components.length} models.`);
    }
    this.#scores = new Float64Array(this.vocabularySize);
  }

  afterHistories(...[histories, out]: Parameters<NextWordModel['afterHistories']>): Promise<void> {
    return this.#fuse(out, (component, rows) => component.afterHistories(histories, rows));
  }

  alongSentences(...[sentences, out]: Parameters<NextWordModel['alongSentences']>): Promise<void> {
    return this.#fuse(out, (component, rows) => component.alongSentences(sentences, rows));
  }

  async #fuse(out: Float32Array, ask: (component: NextWordModel, rows: Float32Array) => Promise<void>): Promise<void> {
    const width = this.vocabularySize;
    const rows = out.length / width;
    const features = this.components.map(() => new Float32Array(out.length));
    for (const [index, component] of this.components.entries()) await ask(component, features[index] as Float32Array);
    for (let row = 0; row < rows; row++) {
      const logSum = addUp(features, this.weights, row, this.#scores);
      const at = row * width;
      for (let word = 0; word < width; word++) out[at + word] = (this.#scores[word] as number) - logSum;
    }
  }
}

/** @throws {LanguageError} `vocabularies-differ`, `bad-option` where there is none */
export const commonVocabularySize = (components: readonly NextWordModel[]): number => {
  const [first] = components;
  if (first === undefined) throw new LanguageError('bad-option', 'Give at least one model to put together.');
  const other = components.find(({ vocabularySize }) => vocabularySize !== first.vocabularySize);
  if (other === undefined) return first.vocabularySize;
  throw new LanguageError(
    'vocabularies-differ',
    `${first.name} knows ${first.vocabularySize} words and ${other.name} ${other.vocabularySize}; train them on one vocabulary.`,
  );
};

/**
 * Sets `scores` [V] to Σ θ_i f_i(·) of a row, and gives log Σ_v exp(scores[v]).
 *
 * @param features of each component [rows, V]
 */
export const addUp = (
  features: readonly Float32Array[],
  weights: ArrayLike<number>,
  row: number,
  scores: Float64Array,
): number => {
  const width = scores.length;
  scores.fill(0);
  for (let index = 0; index < features.length; index++) {
    const feature = features[index] as Float32Array;
    const weight = weights[index] as number;
    const at = row * width;
    for (let word = 0; word < width; word++) {
      scores[word] = (scores[word] as number) + weight * (feature[at + word] as number);
    }
  }
  let highest = -Infinity;
  for (const score of scores) if (score > highest) highest = score;
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - highest);
  return highest + Math.log(sum);
};
