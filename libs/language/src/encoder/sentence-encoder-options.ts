import { LanguageError } from '../errors.js';

export interface SentenceEncoderOptions {
  /** A shop's titles. */
  readonly titles: Iterable<string>;
  /** The titles that were acted on in each session, the oldest session first; none where only titles are known. */
  readonly sessions: Iterable<readonly string[]>;
  readonly seed: number;
  /** Of an embedding, an even number. Default 256. */
  readonly dimensions?: number;
  /** Each asks for every title eight times on average; over them the learning rate falls to 0. Default 6. */
  readonly epochs?: number;
  /** Highest learning rate, after the warm-up. Default 0.002. */
  readonly learningRate?: number;
  /**
   * Folder of this training's checkpoints, made where there is none. Where it has some, training goes on from them and ends with the same
   * encoder as if it had never stopped.
   */
  readonly checkpoints: string;
  /** Milliseconds that pass; for progress. */
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

const DEFAULTS = { dimensions: 256, epochs: 6, learningRate: 0.002 } satisfies Partial<SentenceEncoderOptions>;

/** @throws {LanguageError} `bad-option` */
export const checkEncoderOptions = (
  options: SentenceEncoderOptions,
): SentenceEncoderOptions & Required<Pick<SentenceEncoderOptions, keyof typeof DEFAULTS>> => {
  const checked = { ...DEFAULTS, ...options };
  const { epochs, dimensions } = checked;
  if (!Number.isInteger(epochs) || epochs < 1 || !Number.isInteger(dimensions / 2) || dimensions < 2) {
    throw new LanguageError(
      'bad-option',
      `Epochs are a whole number from 1 on and dimensions an even one from 2 on, not ${epochs} and ${dimensions}.`,
    );
  }
  return checked;
};
