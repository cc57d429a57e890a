import { crc32 } from 'node:zlib';
import { SeededRandom, trainByEpochs, Trainer, type EpochReport } from '@offerstream/autodiff';
import type { OnnxModel } from '@offerstream/onnx';
import { dataOf, openSession, tensorBytes, type Tensors } from '@offerstream/onnx-runtime';
import { VisionError } from '../errors.js';
import { priorsOf } from '../heads/head.js';
import { fitTemperature, logLoss, type LabelledScores } from '../heads/temperature.js';
import type { DecodeOptions } from '../images/decode-image.js';
import { IMAGE_MODEL, type ImageModelDescription } from '../stored/image-model-description.js';
import { augmentedBatch, pixelsOf, type Augmentation, type LabelledImages } from './image-batch.js';
import type { ImageNetwork } from './image-network.js';
import { evaluationModel, LOGITS, servingGraph, trainingModel } from './network-graph.js';

export interface ImageTrainingOptions {
  readonly network: ImageNetwork;
  /** Names, by label. */
  readonly classes: readonly string[];
  readonly train: LabelledImages;
  /** Held out: says after each epoch how good the network is. */
  readonly validation: LabelledImages;
  /** How photos were brought to the network's width and height; it is served photos so. */
  readonly resize: DecodeOptions['resize'];
  readonly seed: number;
  /** Passes over the images, over which the learning rate falls to 0. */
  readonly epochs: number;
  /** Highest learning rate, after the warm-up. Default 0.003, 0.0005 where the network begins with weights. */
  readonly learningRate?: number;
  /** Images of a step. Default 32. */
  readonly batch?: number;
  /** Default: flipped, shifted by up to an eighth. Wrong to flip what differs from its mirror image, such as letters. */
  readonly augmentation?: Augmentation;
  /** Training ends after so many epochs in a row that were no better than the best. Default 10. */
  readonly patience?: number;
  /** Threads that compute one operator together. Default 1; any number gives the same network. */
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
  readonly onProgress?: (progress: ImageTrainingProgress) => void;
  /** Ends training after the step that runs, with a checkpoint to go on from. */
  readonly signal?: AbortSignal;
}

export interface ImageTrainingProgress {
  readonly step: number;
  /** In all. */
  readonly steps: number;
  /** From 1. */
  readonly epoch: number;
  /** Cross-entropy of what was learned since the last report, in nats. */
  readonly trainLoss?: number;
  /** At the end of an epoch: share of the held-out images whose class is the likeliest. */
  readonly validationAccuracy?: number;
  readonly imagesPerSecond: number;
}

export interface TrainedImageNetwork {
  /** As it is served: `pixels` → `embedding`, `log_likelihoods`. */
  readonly model: OnnxModel;
  /** What it takes and gives. */
  readonly description: ImageModelDescription;
  /** Of the best epoch, which is the one that is served. */
  readonly validationAccuracy: number;
  readonly epochs: readonly { readonly epoch: number; readonly validationAccuracy: number }[];
  /** False where the signal ended it before its time. */
  readonly complete: boolean;
}

const DEFAULTS = {
  batch: 32,
  augmentation: { flip: true, shift: 0.125 },
  patience: 10,
  threads: 1,
} satisfies Partial<ImageTrainingOptions>;
/** Highest ones where none is said. */
export const LEARNING_RATES = { fromNothing: 0.003, fromWeights: 0.0005 };
const ADAM = { clipNorm: 5, weightDecay: 0.01 };
/** Images that are measured at once. */
const MEASURED_AT_ONCE = 64;

type CheckedOptions = ImageTrainingOptions &
  Required<Pick<ImageTrainingOptions, keyof typeof DEFAULTS | 'learningRate'>>;

/**
 * Trains a network on photos with Adam, each epoch on all of them in another order, each photo changed a little. Of its epochs it keeps
 * the one that is right most often on what is held out.
 *
 * @throws {VisionError} `bad-option`
 * @throws {AutodiffError} `not-finite` names the step; the checkpoint before it stays. `checkpoint-mismatch` where the folder's are of
 * another network or other photos, or of a training with other options
 */
export const trainImageNetwork = async (given: ImageTrainingOptions): Promise<TrainedImageNetwork> => {
  const options = checked(given);
  const { network, classes, train, validation, seed, batch, augmentation, threads, onProgress } = options;
  const trainer = await Trainer.open({
    model: trainingModel(network, classes.length),
    random: new SeededRandom(seed).next,
    adam: ADAM,
    threads,
    ...(network.initial !== undefined && { initial: network.initial }),
  });
  try {
    const evaluator = await trainer.evaluator(evaluationModel(network, classes.length));
    const { parameters, epochs, complete } = await trainByEpochs({
      ...options,
      trainer,
      settings: settingsOf(options),
      epoch: (epoch) => {
        const order = shuffled(train.images.length, new SeededRandom(seed + epoch).next);
        const steps = Math.ceil(order.length / batch);
        return {
          steps,
          batch: (step, random) => {
            // Batches of about one size: a last one of a photo or two would have a mean and a variance of its own.
            const rows = order.slice(
              Math.floor((step * order.length) / steps),
              Math.floor(((step + 1) * order.length) / steps),
            );
            return { feeds: augmentedBatch(train, rows, augmentation, random), predictions: rows.length };
          },
        };
      },
      validate: async () =>
        badness(
          await measure(async (feeds) => dataOf(await evaluator.run(feeds), LOGITS, 'float32'), validation),
          classes.length,
        ),
      onReport: (report) => onProgress?.(progressOf(report, validation.images.length)),
    });
    const measured = epochs.map(({ epoch, validationLoss }) => ({
      epoch,
      validationAccuracy: accuracyOf(validationLoss, validation.images.length),
    }));
    return {
      ...(await served(options, parameters)),
      validationAccuracy: Math.max(0, ...measured.map(({ validationAccuracy }) => validationAccuracy)),
      epochs: measured,
      complete,
    };
  } finally {
    await trainer.close();
  }
};

/** @throws {VisionError} `bad-option` */
const checked = (given: ImageTrainingOptions): CheckedOptions => {
  const { network, classes, train, validation, epochs } = given;
  const learningRate = network.initial === undefined ? LEARNING_RATES.fromNothing : LEARNING_RATES.fromWeights;
  const options = { ...DEFAULTS, learningRate, ...given };
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new VisionError('bad-option', `Epochs are a whole number from 1 on, not ${epochs}.`);
  }
  const missing = classes.find((_, label) => !train.labels.includes(label));
  if (missing !== undefined || classes.length < 2) {
    throw new VisionError(
      'bad-option',
      `Give two classes or more, and photos of each to learn from; ${missing === undefined ? `there are ${classes.length}` : `"${missing}" has none`}.`,
    );
  }
  if (validation.images.length === 0 || train.images.length < 2 || options.batch < 2) {
    throw new VisionError('bad-option', 'Give two photos a step or more to learn from, and others to validate on.');
  }
  for (const { width, height } of [...train.images, ...validation.images]) {
    if (width === network.side && height === network.side) continue;
    throw new VisionError(
      'bad-option',
      `The network takes ${network.side} x ${network.side} pixels, not ${width} x ${height}.`,
    );
  }
  return options;
};

/** Whatever has to stay the same for a training to go on. */
const settingsOf = ({
  network,
  classes,
  train,
  validation,
  seed,
  epochs,
  learningRate,
  batch,
  augmentation,
  patience,
}: CheckedOptions) => ({
  network: { kind: network.kind, side: network.side, ...network.sizes },
  weights: checksumOf(Object.values(network.initial ?? {}).map(tensorBytes)),
  classes,
  train: checksumOfImages(train),
  validation: checksumOfImages(validation),
  seed,
  epochs,
  learningRate,
  batch,
  augmentation,
  patience,
});

const checksumOfImages = ({ images, labels }: LabelledImages): number =>
  checksumOf([...images.map(({ data }) => data), new Uint8Array(Int32Array.from(labels).buffer)]);

const checksumOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => crc32(part, sum), 0);

/** The places 0 … count − 1 in another order (Fisher, Yates). */
const shuffled = (count: number, random: () => number): readonly number[] => {
  const places = Array.from({ length: count }, (_, place) => place);
  for (let left = count - 1; left > 0; left--) {
    const other = Math.floor(random() * (left + 1));
    [places[left], places[other]] = [places[other] as number, places[left] as number];
  }
  return places;
};

const measure = async (
  run: (feeds: Tensors) => Promise<Float32Array>,
  { images, labels }: LabelledImages,
): Promise<LabelledScores> => {
  const parts: number[] = [];
  for (let start = 0; start < images.length; start += MEASURED_AT_ONCE) {
    const rows = [...images.keys()].slice(start, start + MEASURED_AT_ONCE);
    parts.push(...(await run(pixelsOf({ images, labels }, rows))));
  }
  return { scores: Float32Array.from(parts), labels: Uint16Array.from(labels) };
};

/** The number of wrong ones; of as many, where the labels are likelier: always less than one more. */
const badness = (measured: LabelledScores, classes: number): number => {
  const { scores, labels } = measured;
  const wrong = labels.filter((label, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(own.reduce((most, score) => Math.max(most, score), -Infinity)) !== label;
  });
  const loss = logLoss(measured, 1, new Float32Array(classes));
  return wrong.length + loss / (1 + loss);
};

const accuracyOf = (validationLoss: number, count: number): number => 1 - Math.floor(validationLoss) / count;

const progressOf = (
  { validationLoss, predictionsPerSecond, ...report }: EpochReport,
  count: number,
): ImageTrainingProgress => ({
  ...report,
  ...(validationLoss !== undefined && { validationAccuracy: accuracyOf(validationLoss, count) }),
  imagesPerSecond: predictionsPerSecond,
});

/** The graph with the classes' shares in the training images as priors, as sure of itself as it is right on the validation images. */
const served = async (
  { network, classes, train, validation, resize }: CheckedOptions,
  parameters: Tensors,
): Promise<Pick<TrainedImageNetwork, 'model' | 'description'>> => {
  const priors = [...priorsOf(Uint16Array.from(train.labels), classes.length)];
  const equal = classes.map(() => 1 / classes.length);
  const session = await openSession(servingGraph(network, { parameters, priors: equal, temperature: 1 }).toBuffer());
  try {
    const measured = await measure(
      async (feeds) => dataOf(await session.run(feeds), IMAGE_MODEL.logLikelihoods, 'float32'),
      validation,
    );
    const { temperature } = fitTemperature(measured, new Float32Array(classes.length));
    const { side, dimensions } = network;
    return {
      model: servingGraph(network, { parameters, priors, temperature }),
      description: {
        input: { kind: 'pixels', width: side, height: side, resize },
        embedding: { dimensions },
        classes: [...classes],
        priors,
        head: 'network',
      },
    };
  } finally {
    await session.close();
  }
};
