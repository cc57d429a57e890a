import { crc32 } from 'node:zlib';
import { LanguageError } from '../errors.js';
import type { Corpus } from '../text/corpus.js';
import type { Network } from './network.js';
import type { DropoutRates } from './training-graph.js';

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
  /** Threads that compute one operator together. Default 1; when the network depends on it, `TrainerOptions` says. */
  readonly threads?: number;
  /**
   * Folder of this training's checkpoints, made where there is none. Where it has some, training goes on from them and ends with the same
   * network as if it had never stopped.
   */
  readonly checkpoints: string;
  /** Milliseconds that pass; for progress. */
  readonly now: () => number;
  /** Called before the first step where training goes on from a checkpoint. */
  readonly onResume?: (from: { readonly step: number; readonly epoch: number }) => void;
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

const DEFAULTS = {
  learningRate: 0.002,
  batch: 640,
  dropout: { embedding: 0.2, layer: 0.3 },
  patience: 3,
  threads: 1,
} satisfies Partial<NetworkTrainingOptions>;

export type CheckedOptions = NetworkTrainingOptions & Required<Pick<NetworkTrainingOptions, keyof typeof DEFAULTS>>;

/** @throws {LanguageError} `bad-option`, `nothing-to-learn-from` */
export const checkOptions = (options: NetworkTrainingOptions): CheckedOptions => {
  const checked = { ...DEFAULTS, ...options };
  const { epochs, batch, train, validation } = checked;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new LanguageError('bad-option', `Epochs are a whole number from 1 on, not ${epochs}.`);
  }
  if (!train.sentences().some(({ length }) => length < batch) || validation.predictions === 0) {
    throw new LanguageError(
      'nothing-to-learn-from',
      `Give sentences of fewer than ${batch} words to learn from, and others to validate on.`,
    );
  }
  return checked;
};

/** Whatever has to stay the same for a training to go on. */
export const settingsOf = (options: CheckedOptions) => {
  const { network, train, validation, seed, epochs, learningRate, batch, dropout, patience } = options;
  return {
    network: { kind: network.kind, ...network.sizes },
    text: checksumOf(train),
    validation: checksumOf(validation),
    seed,
    epochs,
    learningRate,
    batch,
    dropout,
    patience,
  };
};

const checksumOf = ({ ids }: Corpus): number => crc32(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
