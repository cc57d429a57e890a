import { LanguageError } from '../errors.js';
import type { NextWordModel } from '../next-word/next-word-model.js';
import { RowBuffer, sentenceChunks, targetsOf } from '../next-word/sentence-chunks.js';
import type { Corpus } from '../text/corpus.js';
import { addUp, commonVocabularySize } from './log-linear-model.js';
import { solvePositiveDefinite } from './solve.js';

export interface FittedWeights {
  /** θ, one a component. */
  readonly weights: readonly number[];
  /** Of the fusion on what it was fitted to. */
  readonly perplexity: number;
  /** Passes over that. */
  readonly passes: number;
}

export interface FitOptions {
  /**
   * How many of the corpus' predictions are looked at, about: sentences from all over it. Default 30,000. F weights fitted to N of them
   * are expected to lose F / 2N nats a prediction against the best: ten lose 0.02 % of perplexity.
   */
  readonly predictions?: number;
  /** Called after each pass. */
  readonly onPass?: (weights: readonly number[], perplexity: number) => void;
}

/** Newton's method has converged when its next step promises less, in nats a prediction. */
const TOLERANCE = 1e-7;
const MAX_PASSES = 50;
/** Of the mean curvature: two components that say the same share their weight. */
const RIDGE = 1e-7;

/**
 * The weights of a {@link LogLinearModel} that make a corpus likeliest. The log-likelihood is concave: its gradient is what the
 * features are at the words that came less what the fusion expects of them, its Hessian the negative covariance of the features under
 * the fusion. Both are summed over the whole vocabulary at every prediction, in chunks of sentences; Newton's steps are halved as long
 * as they lead down.
 *
 * @param corpus held out: the components must not have learned from it
 * @throws {LanguageError} `vocabularies-differ`, `bad-option`, `nothing-to-learn-from`
 */
export const fitWeights = async (
  components: readonly NextWordModel[],
  corpus: Corpus,
  { predictions = 30_000, onPass }: FitOptions = {},
): Promise<FittedWeights> => {
  const width = commonVocabularySize(components);
  if (corpus.predictions === 0) {
    throw new LanguageError('nothing-to-learn-from', 'There are no sentences to fit weights to; give some.');
  }
  const looked = corpus.thinned(predictions);
  let passes = 0;
  const measure = async (weights: Float64Array): Promise<Likelihood> => {
    const likelihood = await likelihoodOf(components, width, looked, weights);
    passes += 1;
    onPass?.([...weights], Math.exp(-likelihood.mean));
    return likelihood;
  };

  let weights = new Float64Array(components.length).fill(1 / components.length);
  let best = await measure(weights);
  while (passes < MAX_PASSES) {
    let step = newtonStep(best);
    if (dot(step, best.gradient) / 2 < TOLERANCE) break;
    let moved = weights.map((weight, index) => weight + (step[index] as number));
    let likelihood = await measure(moved);
    while (likelihood.mean < best.mean && passes < MAX_PASSES) {
      step = step.map((part) => part / 2);
      moved = weights.map((weight, index) => weight + (step[index] as number));
      likelihood = await measure(moved);
    }
    if (likelihood.mean < best.mean) break;
    weights = moved;
    best = likelihood;
  }
  return { weights: [...weights], perplexity: Math.exp(-best.mean), passes };
};

/** Of a corpus, each a mean over its predictions. */
interface Likelihood {
  readonly mean: number;
  /** [F] */
  readonly gradient: Float64Array;
  /** [F, F]: the negative Hessian. */
  readonly covariance: Float64Array;
}

const likelihoodOf = async (
  components: readonly NextWordModel[],
  width: number,
  corpus: Corpus,
  weights: Float64Array,
): Promise<Likelihood> => {
  const count = components.length;
  const buffers = components.map(() => new RowBuffer());
  const gradient = new Float64Array(count);
  const covariance = new Float64Array(count * count);
  const scores = new Float64Array(width);
  const weighted = new Float64Array(width);
  const expected = new Float64Array(count);
  let sum = 0;
  for (const sentences of sentenceChunks(corpus)) {
    const targets = targetsOf(sentences);
    const features = buffers.map((buffer) => buffer.take(targets.length, width));
    for (const [index, component] of components.entries()) {
      await component.alongSentences(sentences, features[index] as Float32Array);
    }
    for (let row = 0; row < targets.length; row++) {
      const logSum = addUp(features, weights, row, scores);
      const target = targets[row] as number;
      sum += (scores[target] as number) - logSum;
      const probabilities = scores;
      for (let word = 0; word < width; word++) probabilities[word] = Math.exp((scores[word] as number) - logSum);
      const at = row * width;
      for (let i = 0; i < count; i++) {
        const feature = features[i] as Float32Array;
        let mean = 0;
        for (let word = 0; word < width; word++) {
          const part = (probabilities[word] as number) * (feature[at + word] as number);
          weighted[word] = part;
          mean += part;
        }
        expected[i] = mean;
        gradient[i] = (gradient[i] as number) + (feature[at + target] as number) - mean;
        for (let j = 0; j <= i; j++) {
          const other = features[j] as Float32Array;
          let product = 0;
          for (let word = 0; word < width; word++) product += (weighted[word] as number) * (other[at + word] as number);
          product -= mean * (expected[j] as number);
          covariance[i * count + j] = (covariance[i * count + j] as number) + product;
        }
      }
    }
  }
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) covariance[j * count + i] = covariance[i * count + j] as number;
  }
  const { predictions } = corpus;
  return {
    mean: sum / predictions,
    gradient: gradient.map((part) => part / predictions),
    covariance: covariance.map((part) => part / predictions),
  };
};

const newtonStep = ({ gradient, covariance }: Likelihood): Float64Array => {
  const count = gradient.length;
  let trace = 0;
  for (let i = 0; i < count; i++) trace += covariance[i * count + i] as number;
  const damped = covariance.slice();
  // Components that tell no word from another have no curvature at all.
  const ridge = (RIDGE * trace) / count + 1e-12;
  for (let i = 0; i < count; i++) damped[i * count + i] = (damped[i * count + i] as number) + ridge;
  return solvePositiveDefinite(damped, gradient);
};

const dot = (left: Float64Array, right: Float64Array): number =>
  left.reduce((sum, value, index) => sum + value * (right[index] as number), 0);
