import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readCheckpoint, SeededRandom, Trainer, warmUpThenCosine, type Evaluator } from '@offerstream/autodiff';
import type { Tensors } from '@offerstream/onnx-runtime';
import { LanguageError } from '../errors.js';
import type { Sentence } from '../text/corpus.js';
import { batchesByLength, sentenceBatch, shuffledBatches } from './sentence-batch.js';
import { lossModel, trainingModel } from './training-graph.js';
import { checkOptions, settingsOf, type CheckedOptions, type NetworkTrainingOptions } from './training-options.js';

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
  /** What has to stay the same for the training to go on. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const REPORT_STEPS = 50;
const CHECKPOINT_STEPS = 500;
const CLIP_NORM = 1;
const WARM_UP_STEPS = 200;

/**
 * Trains a network on sentences, each for itself, with Adam, clipped gradients, dropout, and a learning rate that falls along a cosine.
 *
 * @throws {LanguageError} `bad-option`, also where the folder's checkpoints are of a training with other options or another text;
 * `nothing-to-learn-from`
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
  readonly #last: string;
  readonly #best: string;
  #position: Position;

  private constructor(
    readonly options: CheckedOptions,
    readonly trainer: Trainer,
    readonly evaluator: Evaluator,
    readonly masks: ReturnType<typeof trainingModel>['masks'],
  ) {
    const { train, batch, checkpoints, seed } = options;
    this.#sentences = [...train.sentences()].filter(({ length }) => length < batch);
    this.#last = join(checkpoints, 'last.checkpoint');
    this.#best = join(checkpoints, 'best.checkpoint');
    this.#position = { epoch: 1, batches: 0, random: seed, results: [], settings: settingsOf(options) };
  }

  static async open(given: NetworkTrainingOptions): Promise<NetworkTraining> {
    const options = checkOptions(given);
    const { network, seed, threads, dropout } = options;
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
    const { epochs, patience, checkpoints } = this.options;
    await mkdir(checkpoints, { recursive: true });
    if (existsSync(this.#last)) await this.#restore();
    while (this.#position.epoch <= epochs && !this.#isStuck(patience)) {
      if (!(await this.#runEpoch())) return this.#result(false);
    }
    return this.#result(true);
  }

  async close(): Promise<void> {
    await this.trainer.close();
  }

  async #restore(): Promise<void> {
    const position = (await this.trainer.restore(this.#last)) as Position;
    for (const [name, value] of Object.entries(this.#position.settings)) {
      const [before, after] = [position.settings[name], value].map((setting) => JSON.stringify(setting));
      if (before !== after) {
        throw new LanguageError(
          'bad-option',
          `${this.options.checkpoints} has checkpoints of a training with ${name} ${before ?? 'unknown'}, not ${after ?? ''}; give another folder, or what it was begun with`,
        );
      }
    }
    this.#position = position;
    this.options.onResume?.({ step: this.trainer.stepsDone, epoch: position.epoch });
  }

  /** False where it was told to end. */
  async #runEpoch(): Promise<boolean> {
    const { epochs, batch, learningRate, seed, now, onProgress, signal } = this.options;
    const { epoch } = this.#position;
    const batches = shuffledBatches(this.#sentences, batch, new SeededRandom(seed + epoch).next);
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
      ...this.#position,
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
    const { validation, batch } = this.options;
    let sum = 0;
    for (const sentences of batchesByLength([...validation.sentences()], batch)) {
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
