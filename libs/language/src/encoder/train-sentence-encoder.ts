import { crc32 } from 'node:zlib';
import { SeededRandom, Trainer } from '@offerstream/autodiff';
import type { OnnxModel } from '@offerstream/onnx';
import { LanguageError } from '../errors.js';
import { Vocabulary } from '../text/vocabulary.js';
import { trainByEpochs } from '../training/train-by-epochs.js';
import { bagBatch, drawPairs } from './bag-batch.js';
import { bagEmbedding, bagLoss, bagServingGraph, type EmbeddingBagSizes } from './embedding-bag.js';
import { textEmbedder } from './embed-texts.js';
import { byEmbedding, retrievalQuality } from './retrieval-quality.js';
import { retrievalQuestions, type Questions } from './retrieval-questions.js';
import type { SentenceEncoderMetrics } from './sentence-encoder-card.js';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';
import { TitlePairs } from './title-pairs.js';
import { splitTitles, titleSet, type SplitTitles, type TitleSet } from './title-set.js';
import { nGramHashes, TrainedTokenizer } from './trained-tokenizer.js';

export interface SentenceEncoderOptions {
  /** A shop's titles. */
  readonly titles: Iterable<string>;
  /** The titles that were acted on in each session, the oldest session first; none where only titles are known. */
  readonly sessions: Iterable<readonly string[]>;
  readonly seed: number;
  /** Of an embedding, an even number. Default 256. */
  readonly dimensions?: number;
  /** Passes over the titles, over which the learning rate falls to 0. Default 10. */
  readonly epochs?: number;
  /** Highest learning rate, after the warm-up. Default 0.002. */
  readonly learningRate?: number;
  /**
   * Folder of this training's checkpoints, made where there is none. Where it has some, training goes on from them and ends with the same
   * encoder as if it had never stopped.
   */
  readonly checkpoints: string;
  /** Milliseconds that pass; for the pairs a second. */
  readonly now: () => number;
  /** Called before the first step where training goes on from a checkpoint. */
  readonly onResume?: (from: { readonly step: number; readonly epoch: number }) => void;
  readonly onProgress?: (progress: SentenceEncoderProgress) => void;
  /** Ends training after the step that runs, with a checkpoint to go on from. */
  readonly signal?: AbortSignal;
}

export interface SentenceEncoderProgress {
  readonly step: number;
  readonly steps: number;
  /** At the end of an epoch: the mean reciprocal rank of the held-out answers, the geometric mean over the kinds of questions. */
  readonly validation?: number;
  readonly pairsPerSecond: number;
}

export interface TrainedSentenceEncoder {
  readonly tokenizer: TrainedTokenizer;
  /** The graph that is served. */
  readonly model: OnnxModel;
  /** The same before training, to compare with. */
  readonly untrained: OnnxModel;
  /** Questions that nothing was chosen by. */
  readonly test: Questions;
  /** All but what it found. */
  readonly metrics: Omit<SentenceEncoderMetrics, 'found'>;
  /** False where the signal ended it before its time. */
  readonly complete: boolean;
}

const DEFAULTS = { dimensions: 256, epochs: 10, learningRate: 0.002 };
/** How often an epoch asks for a title, on average. */
const TIMES_AN_EPOCH = 8;
const PAIRS_A_STEP = 512;
const TEMPERATURE = 0.05;
const CLIP_NORM = 1;
const PATIENCE = 5;
const MAX_WORDS = 20_000;
/** A word that stands in one title alone is as well known by its n-grams. */
const LEAST_TITLES = 2;
const MAX_BUCKETS = 1 << 15;
const VALIDATION_QUESTIONS = 1_000;
const TEST_QUESTIONS = 4_000;

/**
 * Trains a sentence encoder on a shop's own titles and sessions: titles that were acted on together become near, and a part of a title,
 * misspelt or not, near to the whole.
 *
 * @throws {LanguageError} `bad-option`, also where the folder's checkpoints are of a training with other options or titles;
 * `nothing-to-learn-from`
 * @throws {AutodiffError} `not-finite` names the step; the checkpoint before it stays
 */
export const trainSentenceEncoder = async (options: SentenceEncoderOptions): Promise<TrainedSentenceEncoder> => {
  const { titles, sessions, seed, dimensions, epochs, learningRate, checkpoints, now, onProgress, signal } = {
    ...DEFAULTS,
    ...options,
  };
  if (!Number.isInteger(epochs) || epochs < 1 || !Number.isInteger(dimensions / 2) || dimensions < 2) {
    throw new LanguageError(
      'bad-option',
      `Epochs are a whole number from 1 on and dimensions an even one from 2 on, not ${epochs} and ${dimensions}.`,
    );
  }
  const set = titleSet(titles, sessions);
  const { train, validation, test } = splitTitles(set);
  const pairs = new TitlePairs(set, train);
  const questions = retrievalQuestions(set, validation, VALIDATION_QUESTIONS, new SeededRandom(seed + 1).next);
  if (pairs.empty || questions.questions.length === 0) {
    throw new LanguageError(
      'nothing-to-learn-from',
      `An encoder learns from titles of two or more words, and of ${set.titles.length} different titles too few have them; give at least ten.`,
    );
  }
  const tokenizer = learnTokenizer(set, train);
  const sizes: EmbeddingBagSizes = {
    rows: tokenizer.size,
    dimensions,
    views: train.sessions.length > 0 ? ['words', 'sessions'] : ['words'],
  };
  const trainer = await Trainer.open({
    model: bagLoss(sizes, TEMPERATURE),
    random: new SeededRandom(seed).next,
    adam: { clipNorm: CLIP_NORM },
  });
  try {
    const untrained = bagServingGraph(trainer.parameters, sizes);
    const evaluator = await trainer.evaluator((graph, parameters) => ({
      outputs: { [SENTENCE_ENCODER.embedding]: bagEmbedding(graph, parameters, sizes) },
    }));
    const ranking = byEmbedding(textEmbedder(tokenizer, (feeds) => evaluator.run(feeds)));
    const encoded = set.titles.map((title) => tokenizer.encode(title).ids);
    const idsOf = (title: number, part?: readonly string[]): readonly number[] =>
      part === undefined ? (encoded[title] as readonly number[]) : tokenizer.encode(part.join(' ')).ids;
    const steps = Math.ceil((TIMES_AN_EPOCH * set.titles.length) / PAIRS_A_STEP);
    const settings = { dimensions, epochs, seed, temperature: TEMPERATURE, learningRate };
    const { parameters, complete } = await trainByEpochs({
      trainer,
      epochs,
      learningRate,
      patience: PATIENCE,
      seed,
      checkpoints,
      settings: { ...settings, titles: crc32(JSON.stringify([set.titles, set.sessions])) },
      epoch: () => ({
        steps,
        batch: (_, random) => ({
          feeds: bagBatch(drawPairs(pairs, PAIRS_A_STEP, random), idsOf, (title) => pairs.shareOf(title), sizes.views),
          predictions: PAIRS_A_STEP,
        }),
      }),
      validate: async () => {
        const kinds = Object.values(await retrievalQuality(ranking, questions));
        return 1 - geometricMean(kinds.map(({ meanReciprocalRank }) => meanReciprocalRank));
      },
      now,
      onReport: ({ step, steps, validationLoss, predictionsPerSecond }) => {
        onProgress?.({
          step,
          steps,
          ...(validationLoss !== undefined && { validation: 1 - validationLoss }),
          pairsPerSecond: predictionsPerSecond,
        });
      },
      ...(options.onResume !== undefined && { onResume: options.onResume }),
      ...(signal !== undefined && { signal }),
    });
    const testQuestions = retrievalQuestions(set, test, TEST_QUESTIONS, new SeededRandom(seed + 2).next);
    return {
      tokenizer,
      model: bagServingGraph(parameters, sizes),
      untrained,
      test: testQuestions,
      metrics: {
        kind: 'sentence-encoder',
        dimensions,
        words: tokenizer.vocabulary.size,
        buckets: tokenizer.buckets,
        learnedFrom: { titles: train.titles.length, sessions: train.sessions.length },
        candidates: testQuestions.candidates.length,
        settings,
      },
      complete,
    };
  } finally {
    await trainer.close();
  }
};

/** Tells a tenth more of something rare as much as a tenth more of something frequent. */
const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

const learnTokenizer = ({ words }: TitleSet, { titles }: SplitTitles): TrainedTokenizer => {
  const counts = new Map<string, number>();
  for (const title of titles) {
    for (const word of new Set(words[title])) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const frequent = [...counts].filter(([, count]) => count >= LEAST_TITLES);
  const nGrams = new Set([...counts.keys()].flatMap(nGramHashes));
  const buckets = Math.min(MAX_BUCKETS, 2 ** Math.ceil(Math.log2(nGrams.size)));
  return new TrainedTokenizer(Vocabulary.ofMostFrequent(frequent, MAX_WORDS), buckets);
};
