import { dataOf, openSession, type Session, type Tensor } from '@offerstream/onnx-runtime';
import { FEATURES, type PhotoNetwork } from '../backbone/photo-network.js';
import type { Split } from '../data/labelled-photo.js';
import { VisionError } from '../errors.js';
import type { LabelledRows } from '../heads/feature-rows.js';
import { trainGaussianHead } from '../heads/gaussian-head.js';
import { priorsOf, type Head, type HeadKind } from '../heads/head.js';
import { trainLogisticHead } from '../heads/logistic-head.js';
import { photoClassifier, type PhotoClassifier } from '../heads/photo-classifier.js';
import { photoInput } from '../stored/image-model-files.js';
import { HeadJudge, type MeasuredPhotos } from './head-judge.js';
import type { FeatureCache } from './feature-cache.js';

/** A photo to learn from, to choose settings on, or to measure with. */
export interface PhotoToLearn {
  readonly label: string;
  readonly split: Split;
  /** In hexadecimal. */
  readonly sha256: string;
  read(): Promise<Uint8Array>;
}

export interface PhotoLearningOptions {
  readonly network: PhotoNetwork;
  /** The name of the network's backbone, where it has one. */
  readonly backbone?: string;
  readonly head: HeadKind;
  readonly photos: readonly PhotoToLearn[];
  /** Of this network's features. */
  readonly cache: FeatureCache;
  /** @param share what is done, 0 to 1 @param note what is going on */
  readonly onProgress: (share: number, note: string) => void;
  /** Ends learning after the photo that is looked at; what was made of those before stays in the cache. */
  readonly signal: AbortSignal;
}

export interface LearnedPhotos {
  readonly classifier: PhotoClassifier;
  readonly classes: readonly string[];
  readonly head: Head;
  readonly photos: Readonly<Record<Split, number>>;
  readonly validation: MeasuredPhotos;
  /** Absent where there are no photos for it. */
  readonly test?: MeasuredPhotos;
  /** The same photos, with their own shares of the classes for priors. */
  readonly testWithItsPriors?: MeasuredPhotos;
}

const FEATURES_SHARE = 0.9;

/**
 * Makes features of photos, puts a head on them, and measures it: what is chosen is chosen on the validation part, and the test part is looked
 * at once. The same photos give the same classifier, however often it was interrupted.
 *
 * @throws {VisionError} `nothing-to-learn-from`
 * @throws {ImageRefusal} where a photo can't be decoded
 * @throws the signal's reason when it aborts
 */
export const learnFromPhotos = async (options: PhotoLearningOptions): Promise<LearnedPhotos> => {
  const { network, photos, onProgress, signal, backbone } = options;
  const classes = classesOf(photos);
  const rows = await featuresOf(options, classes);
  const train = options.head === 'logistic' ? trainLogisticHead : trainGaussianHead;
  const head = await train({
    train: rows.train,
    validation: rows.validation,
    classes: classes.length,
    parts: network.parts,
    signal,
    onProgress: (share, note) => onProgress(FEATURES_SHARE + (1 - FEATURES_SHARE) * share, note),
  });
  const on = { head, classes, rows: rows.train };
  const judge = await HeadJudge.open(network.parts, on);
  try {
    const learned = {
      classifier: photoClassifier(network, on, backbone),
      classes,
      head,
      photos: mapSplits((split) => rows[split].labels.length),
      validation: await judge.measure(rows.validation),
    };
    if (rows.test.labels.length === 0) return learned;
    return {
      ...learned,
      test: await judge.measure(rows.test),
      testWithItsPriors: await judge.measure(rows.test, priorsOf(rows.test.labels, classes.length)),
    };
  } finally {
    await judge.close();
  }
};

const mapSplits = <T>(of: (split: Split) => T): Readonly<Record<Split, T>> => ({
  train: of('train'),
  validation: of('validation'),
  test: of('test'),
});

/** @throws {VisionError} `nothing-to-learn-from` */
const classesOf = (photos: readonly PhotoToLearn[]): readonly string[] => {
  const learned = (split: Split) => new Set(photos.flatMap((photo) => (photo.split === split ? [photo.label] : [])));
  const classes = [...learned('train')].sort();
  if (classes.length < 2 || learned('validation').size === 0) {
    throw new VisionError(
      'nothing-to-learn-from',
      `There are photos of ${classes.length} classes to learn from, and ${learned('validation').size === 0 ? 'none' : 'some'} to choose settings on: ` +
        'give photos of two classes or more, several of each.',
    );
  }
  return classes;
};

/** Features of the photos of each split, made once for each photo; a photo of a class that none is learned from is left out. */
const featuresOf = async (
  { network, photos, cache, onProgress, signal }: PhotoLearningOptions,
  classes: readonly string[],
): Promise<Readonly<Record<Split, LabelledRows>>> => {
  const dimensions = network.parts.reduce((sum, size) => sum + size, 0);
  const session = await openSession(network.graph.model().toBuffer());
  const made = mapSplits<{ readonly features: Float32Array; readonly label: number }[]>(() => []);
  try {
    for (const [place, photo] of photos.entries()) {
      signal.throwIfAborted();
      onProgress((FEATURES_SHARE * place) / photos.length, `photo ${place + 1} of ${photos.length}`);
      const label = classes.indexOf(photo.label);
      if (label === -1) continue;
      let features = cache.get(photo.sha256);
      if (features === undefined) {
        features = await runNetwork(session, network, await photo.read());
        await cache.add(photo.sha256, features);
      }
      made[photo.split].push({ features, label });
    }
  } finally {
    await session.close();
  }
  return mapSplits((split) => {
    const data = new Float32Array(made[split].length * dimensions);
    made[split].forEach(({ features }, row) => data.set(features, row * dimensions));
    return { dimensions, data, labels: Uint16Array.from(made[split], ({ label }) => label) };
  });
};

const runNetwork = async (session: Session, { input }: PhotoNetwork, bytes: Uint8Array): Promise<Float32Array> => {
  const { name, shape, data } = await photoInput(input, bytes);
  const dtype = data instanceof Float32Array ? 'float32' : 'uint8';
  const results = await session.run({ [name]: { dtype, dims: shape, data } as Tensor }, [FEATURES]);
  return dataOf(results, FEATURES, 'float32');
};
