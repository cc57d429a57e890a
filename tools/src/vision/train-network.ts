import {
  decodeImage,
  photoNetworkOf,
  smallCnn,
  trainImageNetwork,
  type LabelledImages,
  type PhotoNetwork,
  type Split,
  type PhotoToLearn,
} from '@offerstream/vision';
import { lineFolders } from '../line/line-folders.js';
import type { ProgressBar } from '../line/progress-bar.js';
import { inTrainingFolder } from '../train/training-folder.js';

export interface CnnTrainingOptions {
  readonly photos: readonly PhotoToLearn[];
  /** Passes over the photos that are learned from. */
  readonly epochs: number;
  readonly seed: number;
  /** Data folder of the line. */
  readonly data: string;
  readonly bar: ProgressBar;
  readonly signal: AbortSignal;
  /** @param share what is done, 0 to 1 @param note what is going on */
  readonly onProgress: (share: number, note: string) => void;
}

const RESIZE = 'fill';
const NETWORK = smallCnn();

/**
 * Trains a small CNN from nothing on the photos that are learned from, as a network that makes features. A training that was interrupted
 * goes on, and one that is done is not done again.
 *
 * @throws VisionError, ImageRefusal, AutodiffError; TrainError `in-use`, `not-finite`; the signal's reason when it aborts
 */
export const trainCnn = async (options: CnnTrainingOptions): Promise<PhotoNetwork> => {
  const { photos, epochs, seed, data, bar, signal, onProgress } = options;
  const classes = [...new Set(photos.flatMap(({ label, split }) => (split === 'train' ? [label] : [])))].sort();
  const labelled = (split: Split): Promise<LabelledImages> =>
    decode(
      photos.filter((photo) => photo.split === split && classes.includes(photo.label)),
      classes,
      signal,
    );
  onProgress(0, 'decoding the photos');
  const [train, validation] = [await labelled('train'), await labelled('validation')];
  const training = {
    folder: lineFolders(data).training,
    name: 'cnn',
    content: [
      JSON.stringify({ classes, epochs, seed, train: train.labels, validation: validation.labels }),
      ...[...train.images, ...validation.images].map((image) => image.data),
    ],
    keep: true,
  };
  return inTrainingFolder(training, async (checkpoints) => {
    const { model, complete } = await trainImageNetwork({
      network: NETWORK,
      classes,
      train,
      validation,
      resize: RESIZE,
      seed,
      epochs,
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
  classes: readonly string[],
  signal: AbortSignal,
): Promise<LabelledImages> => {
  const { side } = NETWORK;
  const images = [];
  for (const photo of photos) {
    signal.throwIfAborted();
    images.push(await decodeImage(await photo.read(), { width: side, height: side, resize: RESIZE }));
  }
  return { images, labels: photos.map(({ label }) => classes.indexOf(label)) };
};
