import { tensorBytes } from '@offerstream/onnx-runtime';
import {
  decodeImage,
  photoNetworkOf,
  trainImageNetwork,
  type ImageNetwork,
  type LabelledImages,
  type PhotoNetwork,
  type Split,
  type PhotoToLearn,
} from '@offerstream/vision';
import { lineFolders } from '../line/line-folders.js';
import type { ProgressBar } from '../line/progress-bar.js';
import { inTrainingFolder } from '../train/training-folder.js';

export interface NetworkTrainingOptions {
  readonly network: ImageNetwork;
  readonly photos: readonly PhotoToLearn[];
  /** Passes over the photos that are learned from. */
  readonly epochs: number;
  readonly seed: number;
  /** The highest; default: one that suits the network. */
  readonly learningRate?: number | undefined;
  /** Data folder of the line. */
  readonly data: string;
  readonly bar: ProgressBar;
  readonly signal: AbortSignal;
  /** @param share what is done, 0 to 1 @param note what is going on */
  readonly onProgress: (share: number, note: string) => void;
}

const RESIZE = 'fill';

/**
 * Trains a network on the photos that are learned from, to make features. A training that was interrupted goes on, and one that is done is
 * not done again.
 *
 * @throws VisionError, ImageRefusal, AutodiffError; TrainError `in-use`, `not-finite`; the signal's reason when it aborts
 */
export const trainNetwork = async (options: NetworkTrainingOptions): Promise<PhotoNetwork> => {
  const { network, photos, epochs, seed, learningRate, data, bar, signal, onProgress } = options;
  const { kind, side, sizes, initial = {} } = network;
  const classes = [...new Set(photos.flatMap(({ label, split }) => (split === 'train' ? [label] : [])))].sort();
  const labelled = (split: Split): Promise<LabelledImages> =>
    decode(
      photos.filter((photo) => photo.split === split && classes.includes(photo.label)),
      { classes, side, signal },
    );
  onProgress(0, 'decoding the photos');
  const [train, validation] = [await labelled('train'), await labelled('validation')];
  const training = {
    folder: lineFolders(data).training,
    name: kind,
    content: [
      JSON.stringify({
        side,
        sizes,
        classes,
        epochs,
        seed,
        learningRate,
        train: train.labels,
        validation: validation.labels,
      }),
      ...Object.values(initial).map(tensorBytes),
      ...[...train.images, ...validation.images].map((image) => image.data),
    ],
    keep: true,
  };
  return inTrainingFolder(training, async (checkpoints) => {
    const { model, complete } = await trainImageNetwork({
      network,
      classes,
      train,
      validation,
      resize: RESIZE,
      seed,
      epochs,
      ...(learningRate !== undefined && { learningRate }),
      checkpoints,
      now: () => performance.now(),
      signal,
      onResume: ({ step, epoch }) => bar.tell(`Going on with the network in epoch ${epoch}, after ${step} steps.`),
      onProgress: ({ step, steps, epoch, imagesPerSecond, validationAccuracy }) => {
        const note = `epoch ${epoch} of ${epochs}: ${Math.round(imagesPerSecond)} photos/s`;
        if (validationAccuracy !== undefined) {
          bar.tell(`${note}, right about ${(100 * validationAccuracy).toFixed(1)} % of what was held out`);
        }
        onProgress(step / steps, note);
      },
    });
    if (!complete) signal.throwIfAborted();
    return photoNetworkOf(model.toBuffer(), {});
  });
};

const decode = async (
  photos: readonly PhotoToLearn[],
  {
    classes,
    side,
    signal,
  }: { readonly classes: readonly string[]; readonly side: number; readonly signal: AbortSignal },
): Promise<LabelledImages> => {
  const images = [];
  for (const photo of photos) {
    signal.throwIfAborted();
    images.push(await decodeImage(await photo.read(), { width: side, height: side, resize: RESIZE }));
  }
  return { images, labels: photos.map(({ label }) => classes.indexOf(label)) };
};
