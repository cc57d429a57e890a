import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensors } from '@offerstream/onnx-runtime';
import { readCheckpoint } from './checkpoint.js';
import { AutodiffError } from './errors.js';
import { SeededRandom } from './random.js';
import { warmUpThenCosine } from './schedules.js';
import type { Trainer } from './trainer.js';

/** What one step learns from. */
export interface Batch {
  readonly feeds: Tensors;
  /** Predictions that its loss is the mean of. */
  readonly predictions: number;
}

export interface Epoch {
  readonly steps: number;
  /** @param random what follows is the same after a checkpoint */
  readonly batch: (step: number, random: () => number) => Batch;
}

export interface EpochReport {
  readonly step: number;
  /** In all, about: an epoch may have a few more or less than another. */
  readonly steps: number;
  /** From 1. */
  readonly epoch: number;
  /** The mean of what was learned since the last report; missing where that was nothing. */
  readonly trainLoss?: number;
  /** At the end of an epoch. */
  readonly validationLoss?: number;
  /** Since the last report; validation and checkpoints do not count. */
  readonly predictionsPerSecond: number;
}

export interface EpochTrainingOptions {
  readonly trainer: Trainer;
  /** Passes, over which the learning rate falls to 0. */
  readonly epochs: number;
  readonly learningRate: number;
  /** Training ends after so many epochs in a row that were no better than the best. */
  readonly patience: number;
  readonly seed: number;
  /** Folder of this training's checkpoints, made where there is none; training goes on from those that it has. */
  readonly checkpoints: string;
  /** What has to stay the same for the training to go on. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** @param epoch from 1 */
  readonly epoch: (epoch: number) => Epoch;
  /** How bad the parameters are, as they are now, on what is held out. */
  readonly validate: () => Promise<number>;
  /** Milliseconds that pass. */
  readonly now: () => number;
  readonly onReport: (report: EpochReport) => void;
  /** Called before the first step where training goes on from a checkpoint. */
  readonly onResume?: (from: { readonly step: number; readonly epoch: number }) => void;
  /** Ends training after the step that runs, with a checkpoint to go on from. */
  readonly signal?: AbortSignal;
}

export interface EpochLoss {
  readonly epoch: number;
  readonly validationLoss: number;
}

export interface EpochTrainingResult {
  /** Those of the best epoch, by name. */
  readonly parameters: Tensors;
  /** Of the best epoch. */
  readonly validationLoss: number;
  readonly epochs: readonly EpochLoss[];
  /** False where the signal ended it before its time. */
  readonly complete: boolean;
}

/** What is saved beside the parameters. */
interface Position {
  readonly epoch: number;
  /** Steps of the epoch that are done. */
  readonly steps: number;
  /** State of the random numbers. */
  readonly random: number;
  readonly results: readonly EpochLoss[];
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Between two reports within an epoch, about. */
const REPORT_MS = 2_000;
const CHECKPOINT_STEPS = 500;
const WARM_UP_STEPS = 200;

/**
 * Trains epoch by epoch, with a learning rate that rises in the first steps and falls along a cosine, and keeps the best epoch. A training
 * that is broken off and taken up again ends with the same parameters as one that never stopped.
 *
 * @throws {AutodiffError} `not-finite` names the step, and the checkpoints before it stay; `checkpoint-mismatch` where the folder's are of
 * another model or of a training with other settings
 */
export const trainByEpochs = (options: EpochTrainingOptions): Promise<EpochTrainingResult> =>
  new EpochTraining(options).run();

class EpochTraining {
  readonly #last: string;
  readonly #best: string;
  #position: Position;

  constructor(readonly options: EpochTrainingOptions) {
    const { checkpoints, seed, settings } = options;
    this.#last = join(checkpoints, 'last.checkpoint');
    this.#best = join(checkpoints, 'best.checkpoint');
    this.#position = { epoch: 1, steps: 0, random: seed, results: [], settings };
  }

  async run(): Promise<EpochTrainingResult> {
    const { epochs, patience, checkpoints } = this.options;
    await mkdir(checkpoints, { recursive: true });
    if (existsSync(this.#last)) await this.#restore();
    while (this.#position.epoch <= epochs && !this.#isStuck(patience)) {
      if (!(await this.#runEpoch())) return this.#result(false);
    }
    return this.#result(true);
  }

  async #restore(): Promise<void> {
    const { trainer, checkpoints } = this.options;
    const position = (await trainer.restore(this.#last)) as Position;
    for (const [name, value] of Object.entries(this.#position.settings)) {
      const [before, after] = [position.settings[name], value].map((setting) => JSON.stringify(setting));
      if (before !== after) {
        throw new AutodiffError(
          'checkpoint-mismatch',
          `${checkpoints} has checkpoints of a training with ${name} ${before ?? 'unknown'}, not ${after ?? ''}; give another folder, or what it was begun with`,
        );
      }
    }
    this.#position = position;
    this.options.onResume?.({ step: trainer.stepsDone, epoch: position.epoch });
  }

  /** False where it was told to end. */
  async #runEpoch(): Promise<boolean> {
    const { trainer, epochs, learningRate, validate, now, onReport, signal } = this.options;
    const { epoch, results } = this.#position;
    const { steps: stepsOfEpoch, batch } = this.options.epoch(epoch);
    const random = new SeededRandom(this.#position.random);
    const steps = epochs * stepsOfEpoch;
    const schedule = warmUpThenCosine({ rate: learningRate, warmUp: Math.min(WARM_UP_STEPS, steps / 10), steps });
    let since = { loss: 0, predictions: 0, milliseconds: 0 };
    const report = (validationLoss?: number): void => {
      const { loss, predictions, milliseconds } = since;
      onReport({
        step: trainer.stepsDone,
        steps,
        epoch,
        ...(predictions > 0 && { trainLoss: loss / predictions }),
        ...(validationLoss !== undefined && { validationLoss }),
        predictionsPerSecond: milliseconds > 0 ? (1000 * predictions) / milliseconds : 0,
      });
      since = { loss: 0, predictions: 0, milliseconds: 0 };
    };

    for (let done = this.#position.steps; done < stepsOfEpoch; done++) {
      const began = now();
      const { feeds, predictions } = batch(done, random.next);
      const { loss } = await trainer.step(feeds, schedule(trainer.stepsDone + 1));
      since = {
        loss: since.loss + loss * predictions,
        predictions: since.predictions + predictions,
        milliseconds: since.milliseconds + now() - began,
      };
      this.#position = { ...this.#position, steps: done + 1, random: random.state };
      const stopped = signal?.aborted === true;
      if (stopped || trainer.stepsDone % CHECKPOINT_STEPS === 0) await trainer.save(this.#last, this.#position);
      if (stopped) return false;
      if (since.milliseconds >= REPORT_MS && done + 1 < stepsOfEpoch) report();
    }
    const validationLoss = await validate();
    if (!Number.isFinite(validationLoss)) {
      throw new AutodiffError(
        'not-finite',
        `step ${trainer.stepsDone}: the loss of what is held out is ${validationLoss}. Train with a lower learning rate`,
      );
    }
    this.#position = {
      ...this.#position,
      epoch: epoch + 1,
      steps: 0,
      random: random.state,
      results: [...results, { epoch, validationLoss }],
    };
    if (validationLoss < bestOf(results)) await trainer.save(this.#best, this.#position);
    await trainer.save(this.#last, this.#position);
    report(validationLoss);
    return true;
  }

  #isStuck(patience: number): boolean {
    const { results } = this.#position;
    const best = bestOf(results);
    const since = results.length - 1 - results.findIndex(({ validationLoss }) => validationLoss === best);
    return results.length > 0 && since >= patience;
  }

  async #result(complete: boolean): Promise<EpochTrainingResult> {
    const { trainer } = this.options;
    const { results } = this.#position;
    const names = Object.keys(trainer.parameters);
    const tensors = existsSync(this.#best) ? (await readCheckpoint(this.#best)).tensors : trainer.parameters;
    return {
      parameters: Object.fromEntries(names.map((name) => [name, tensors[name] as (typeof tensors)[string]])),
      validationLoss: bestOf(results),
      epochs: results,
      complete,
    };
  }
}

/** Infinity before the first. */
const bestOf = (results: readonly EpochLoss[]): number =>
  Math.min(...results.map(({ validationLoss }) => validationLoss));
