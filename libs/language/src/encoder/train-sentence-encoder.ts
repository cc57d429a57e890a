import { crc32 } from 'node:zlib';
import { SeededRandom, trainByEpochs, Trainer } from '@offerstream/autodiff';
import type { OnnxModel } from '@offerstream/onnx';
import { LanguageError } from '../errors.js';
import { bagBatch, drawPairs } from './bag-batch.js';
import { bagEmbedding, bagLoss, bagServingGraph, type EmbeddingBagSizes } from './embedding-bag.js';
import { textEmbedder } from './embed-texts.js';
import { learnTokenizer } from './learn-tokenizer.js';
import { byEmbedding, retrievalQuality } from './retrieval-quality.js';
import { retrievalQuestions, type Questions } from './retrieval-questions.js';
import type { SentenceEncoderMetrics } from './sentence-encoder-card.js';
import { checkEncoderOptions, type SentenceEncoderOptions } from './sentence-encoder-options.js';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';
import { TitlePairs } from './title-pairs.js';
import { splitTitles, titleSet } from './title-set.js';
import type { TrainedTokenizer } from './trained-tokenizer.js';

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

/** How often an epoch asks for a title, on average. */
const TIMES_AN_EPOCH = 8;
const PAIRS_A_STEP = 512;
const TEMPERATURE = 0.05;
const CLIP_NORM = 1;
const PATIENCE = 5;
const VALIDATION_QUESTIONS = 1_000;
const TEST_QUESTIONS = 4_000;

/**
 * Trains a sentence encoder on a shop's own titles and sessions: titles that were acted on together become near, and a part of a title,
 * misspelt or not, near to the whole.
 *
 * @throws {LanguageError} `bad-option`, `nothing-to-learn-from`
 * @throws {AutodiffError} `not-finite` names the step; the checkpoint before it stays. `checkpoint-mismatch` where the folder's are of a
 * training with other options or titles
 */
export const trainSentenceEncoder = async (given: SentenceEncoderOptions): Promise<TrainedSentenceEncoder> => {
  const options = checkEncoderOptions(given);
  const { titles, sessions, seed, dimensions, epochs, learningRate, onProgress } = options;
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
  const tokenizer = learnTokenizer(train.titles.map((title) => set.words[title] as readonly string[]));
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
      ...options,
      trainer,
      patience: PATIENCE,
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
      onReport: ({ validationLoss, predictionsPerSecond, ...report }) =>
        onProgress?.({
          step: report.step,
          steps: report.steps,
          ...(validationLoss !== undefined && { validation: 1 - validationLoss }),
          pairsPerSecond: predictionsPerSecond,
        }),
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
        // Two of its entries are no words.
        words: tokenizer.vocabulary.size - 2,
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
