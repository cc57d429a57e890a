import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint, SeededRandom, Trainer, warmUpThenCosine, type Evaluator } from '@offerstream/autodiff';
import type { Tensors } from '@offerstream/onnx-runtime';
import { LanguageError } from '../errors.js';
import type { Corpus, Sentence } from '../text/corpus.js';
import type { Network } from './network.js';
import { batchesByLength, sentenceBatch, shuffledBatches } from './sentence-batch.js';
import { lossModel, trainingModel, type DropoutRates } from './training-graph.js';

export interface NetworkTrainingOptions {
  readonly network: Network;
  readonly train: Corpus;
  /** Held out: says after each epoch how good the network is. */
  readonly validation: Corpus;
  readonly seed: number;
  /** Passes over the text, over which the learning rate falls to 0. */
  readonly epochs: number;
  /** Highest learning rate, after the warm-up. Default 0.002. */
  readonly learningRate?: number;
  /** Predictions of a step, padding counted. Default 640; a sentence of as many words is not learned from. */
  readonly batch?: number;
  /** Default 0.2 of the embeddings and 0.3 of each layer. */
  readonly dropout?: DropoutRates;
  /** Training ends after so many epochs in a row that were no better than the best. Default 3. */
  readonly patience?: number;
  /** Threads that compute one operator together. Default 1; any number gives the same network. */
  readonly threads?: number;
  /**
   * Folder of this training's checkpoints. Where it has some, training goes on from them and ends with the same network as if it had
   * never stopped: the other options must be the same.
   */
  readonly checkpoints: string;
  /** Milliseconds that pass; for the tokens a second. */
  readonly now: () => number;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Ends training after the step that runs, with a checkpoint to go on from. */
  readonly signal?: AbortSignal;
}

export interface TrainingProgress {
  readonly step: number;
  /** In all, about: an epoch has a few more or less than another. */
  readonly steps: number;
  /** From 1. */
  readonly epoch: number;
  /** Of what was learned since the last report, with dropout. */
  readonly trainPerplexity?: number;
  /** At the end of an epoch. */
  readonly validationPerplexity?: number;
  readonly tokensPerSecond: number;
}

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

/** What is saved beside the parameters. */
interface Position {
  readonly epoch: number;
  /** Batches of the epoch that are done. */
  readonly batches: number;
  /** State of the random numbers for the dropout. */
  readonly random: number;
  readonly results: readonly EpochResult[];
}

const REPORT_STEPS = 50;
const CHECKPOINT_STEPS = 500;
const CLIP_NORM = 1;
const WARM_UP_STEPS = 200;

/**
 * Trains a network on sentences, each for itself, with Adam, clipped gradients, dropout, and a learning rate that falls along a cosine.
 *
 * @throws {LanguageError} `bad-option`
 * @throws {AutodiffError} `not-finite` names the step; the checkpoint before it stays. `checkpoint-mismatch` where the folder's are of
 * another network
 */
export const trainNetwork = async (options: NetworkTrainingOptions): Promise<TrainedNetwork> => {
  const training = await NetworkTraining.open(options);
  try {
    return await training.run();
  } finally {
    await training.close();
  }
};

class NetworkTraining {
  readonly #sentences: readonly Sentence[];
  readonly #batch: number;
  readonly #last: string;
  readonly #best: string;
  #position: Position;

  private constructor(
    readonly options: NetworkTrainingOptions,
    readonly trainer: Trainer,
    readonly evaluator: Evaluator,
    readonly masks: ReturnType<typeof trainingModel>['masks'],
  ) {
    const { train, batch = 640, checkpoints, seed } = options;
    this.#batch = batch;
    this.#sentences = [...train.sentences()].filter(({ length }) => length < batch);
    this.#last = join(checkpoints, 'last.checkpoint');
    this.#best = join(checkpoints, 'best.checkpoint');
    this.#position = { epoch: 1, batches: 0, random: seed, results: [] };
  }

  static async open(options: NetworkTrainingOptions): Promise<NetworkTraining> {
    const { network, seed, threads = 1, dropout = { embedding: 0.2, layer: 0.3 }, epochs } = options;
    if (!Number.isInteger(epochs) || epochs < 1) {
      throw new LanguageError('bad-option', `Epochs are a whole number from 1 on, not ${epochs}.`);
    }
    const { model, masks } = trainingModel(network, dropout);
    const trainer = await Trainer.open({
      model,
      random: new SeededRandom(seed).next,
      adam: { clipNorm: CLIP_NORM },
      threads,
    });
    return new NetworkTraining(options, trainer, await trainer.evaluator(lossModel(network)), masks);
  }

  async run(): Promise<TrainedNetwork> {
    const { epochs, patience = 3 } = this.options;
    if (existsSync(this.#last)) this.#position = (await this.trainer.restore(this.#last)) as Position;
    while (this.#position.epoch <= epochs && !this.#isStuck(patience)) {
      if (!(await this.#runEpoch())) return this.#result(false);
    }
    return this.#result(true);
  }

  async close(): Promise<void> {
    await this.trainer.close();
  }

  /** False where it was told to end. */
  async #runEpoch(): Promise<boolean> {
    const { epochs, learningRate = 0.002, seed, now, onProgress, signal } = this.options;
    const { epoch } = this.#position;
    const batches = shuffledBatches(this.#sentences, this.#batch, new SeededRandom(seed + epoch).next);
    const random = new SeededRandom(this.#position.random);
    const steps = epochs * batches.length;
    const schedule = warmUpThenCosine({ rate: learningRate, warmUp: Math.min(WARM_UP_STEPS, steps / 10), steps });
    let since = { loss: 0, predictions: 0, time: now() };
    const report = (validationPerplexity?: number): void => {
      const { loss, predictions, time } = since;
      onProgress?.({
        step: this.trainer.stepsDone,
        steps,
        epoch,
        ...(predictions > 0 && { trainPerplexity: Math.exp(loss / predictions) }),
        ...(validationPerplexity !== undefined && { validationPerplexity }),
        tokensPerSecond: (1000 * predictions) / (now() - time),
      });
      since = { loss: 0, predictions: 0, time: now() };
    };

    for (let done = this.#position.batches; done < batches.length; done++) {
      const sentences = batches[done] as readonly Sentence[];
      const feeds = { ...sentenceBatch(sentences), ...this.masks(sentences.length, random.next) };
      const { loss } = await this.trainer.step(feeds, schedule(this.trainer.stepsDone + 1));
      const predictions = sentences.reduce((sum, { length }) => sum + length + 1, 0);
      since = { ...since, loss: since.loss + loss * predictions, predictions: since.predictions + predictions };
      this.#position = { ...this.#position, batches: done + 1, random: random.state };
      const stopped = signal?.aborted === true;
      if (stopped || this.trainer.stepsDone % CHECKPOINT_STEPS === 0)
        await this.trainer.save(this.#last, this.#position);
      if (stopped) return false;
      if ((done + 1) % REPORT_STEPS === 0 && done + 1 < batches.length) report();
    }
    const validationPerplexity = await this.#validate();
    const { results } = this.#position;
    this.#position = {
      epoch: epoch + 1,
      batches: 0,
      random: random.state,
      results: [...results, { epoch, validationPerplexity }],
    };
    if (validationPerplexity < bestOf(results)) await this.trainer.save(this.#best, this.#position);
    await this.trainer.save(this.#last, this.#position);
    report(validationPerplexity);
    return true;
  }

  async #validate(): Promise<number> {
    const { validation } = this.options;
    let sum = 0;
    for (const sentences of batchesByLength([...validation.sentences()], this.#batch)) {
      const { loss } = await this.evaluator.run(sentenceBatch(sentences));
      const predictions = sentences.reduce((total, { length }) => total + length + 1, 0);
      sum += (loss?.data[0] as number) * predictions;
    }
    return Math.exp(sum / validation.predictions);
  }

  #isStuck(patience: number): boolean {
    const { results } = this.#position;
    const best = bestOf(results);
    const since = results.length - 1 - results.findIndex((result) => result.validationPerplexity === best);
    return results.length > 0 && since >= patience;
  }

  async #result(complete: boolean): Promise<TrainedNetwork> {
    const { results } = this.#position;
    const names = Object.keys(this.trainer.parameters);
    const tensors = existsSync(this.#best) ? (await readCheckpoint(this.#best)).tensors : this.trainer.parameters;
    return {
      parameters: Object.fromEntries(names.map((name) => [name, tensors[name] as (typeof tensors)[string]])),
      validationPerplexity: bestOf(results),
      epochs: results,
      complete,
    };
  }
}

/** Infinity before the first. */
const bestOf = (results: readonly EpochResult[]): number =>
  Math.min(...results.map(({ validationPerplexity }) => validationPerplexity));
