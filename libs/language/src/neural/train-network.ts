import { SeededRandom, trainByEpochs, Trainer, type EpochReport, type Evaluator } from '@offerstream/autodiff';
import type { Tensors } from '@offerstream/onnx-runtime';
import type { Corpus, Sentence } from '../text/corpus.js';
import { batchesByLength, sentenceBatch, shuffledBatches } from './sentence-batch.js';
import { lossModel, trainingModel } from './training-graph.js';
import { checkOptions, settingsOf, type NetworkTrainingOptions, type TrainingProgress } from './training-options.js';

export interface EpochResult {
  readonly epoch: number;
  readonly validationPerplexity: number;
}

export interface TrainedNetwork {
  /** Those of the best epoch, by name. */
  readonly parameters: Tensors;
  readonly validationPerplexity: number;
  readonly epochs: readonly EpochResult[];
  /** False where the signal ended it before its time. */
  readonly complete: boolean;
}

const CLIP_NORM = 1;

/**
 * Trains a network on sentences, each for itself, with Adam, clipped gradients, dropout, and a learning rate that falls along a cosine.
 *
 * @throws {LanguageError} `bad-option`, `nothing-to-learn-from`
 * @throws {AutodiffError} `not-finite` names the step; the checkpoint before it stays. `checkpoint-mismatch` where the folder's are of
 * another network or text, or of a training with other options
 */
export const trainNetwork = async (given: NetworkTrainingOptions): Promise<TrainedNetwork> => {
  const options = checkOptions(given);
  const { network, train, validation, seed, threads, batch, dropout, onProgress } = options;
  const { model, masks } = trainingModel(network, dropout);
  const trainer = await Trainer.open({
    model,
    random: new SeededRandom(seed).next,
    adam: { clipNorm: CLIP_NORM },
    threads,
  });
  try {
    const evaluator = await trainer.evaluator(lossModel(network));
    const sentences = [...train.sentences()].filter(({ length }) => length < batch);
    const { parameters, validationLoss, epochs, complete } = await trainByEpochs({
      ...options,
      trainer,
      settings: settingsOf(options),
      epoch: (epoch) => {
        const batches = shuffledBatches(sentences, batch, new SeededRandom(seed + epoch).next);
        return {
          steps: batches.length,
          batch: (step, random) => {
            const rows = batches[step] as readonly Sentence[];
            return {
              feeds: { ...sentenceBatch(rows), ...masks(rows.length, random) },
              predictions: predictionsOf(rows),
            };
          },
        };
      },
      validate: () => meanLoss(evaluator, validation, batch),
      onReport: (report) => onProgress?.(progressOf(report)),
    });
    return {
      parameters,
      validationPerplexity: Math.exp(validationLoss),
      epochs: epochs.map((result) => ({
        epoch: result.epoch,
        validationPerplexity: Math.exp(result.validationLoss),
      })),
      complete,
    };
  } finally {
    await trainer.close();
  }
};

const predictionsOf = (sentences: readonly Sentence[]): number =>
  sentences.reduce((sum, { length }) => sum + length + 1, 0);

const meanLoss = async (evaluator: Evaluator, validation: Corpus, batch: number): Promise<number> => {
  let sum = 0;
  for (const sentences of batchesByLength([...validation.sentences()], batch)) {
    const { loss } = await evaluator.run(sentenceBatch(sentences));
    sum += (loss?.data[0] as number) * predictionsOf(sentences);
  }
  return sum / validation.predictions;
};

const progressOf = ({ trainLoss, validationLoss, predictionsPerSecond, ...where }: EpochReport): TrainingProgress => ({
  ...where,
  ...(trainLoss !== undefined && { trainPerplexity: Math.exp(trainLoss) }),
  ...(validationLoss !== undefined && { validationPerplexity: Math.exp(validationLoss) }),
  tokensPerSecond: predictionsPerSecond,
});
