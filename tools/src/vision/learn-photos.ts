import { join } from 'node:path';
import { FeatureCache, learnFromPhotos, type LearnedPhotos, type PhotoToLearn } from '@offerstream/vision';
import type { ProgressBar } from '../line/progress-bar.js';
import { lineFolders } from '../line/line-folders.js';
import { inTrainingFolder } from '../train/training-folder.js';
import { networkFor, type NamedNetwork } from './network-for.js';
import { withPhotos } from './read-photos.js';
import { networkToTrain } from './network-to-train.js';
import { trainNetwork } from './train-network.js';
import type { VisionOptions } from './vision-options.js';

export interface LearnOptions {
  readonly options: VisionOptions & { readonly data: string };
  /** The model repository, where named backbones are. */
  readonly repository: string;
  readonly bar: ProgressBar;
  readonly signal: AbortSignal;
}

/** Of all that is done. */
const TRAINING_SHARE = 0.8;

/** What photos teach. Their features stay in the data folder for the next command with the same network, however this one ends. */
export const learnPhotos = async (learning: LearnOptions): Promise<LearnedPhotos> => {
  const { options, repository, bar, signal } = learning;
  bar.update(0, 'reading the network');
  // Told before the photos are looked through that there is none.
  const toTrain = await networkToTrain(options);
  if (toTrain === undefined) {
    const named = await networkFor(options, repository);
    return withPhotos(options, { bar, signal }, (photos) => learnWith(named, photos, learning, 0));
  }
  return withPhotos(options, { bar, signal }, async (photos) => {
    const network = await trainNetwork({
      ...options,
      network: toTrain,
      photos,
      bar,
      signal,
      onProgress: (share, note) => bar.update(TRAINING_SHARE * share, note),
    });
    return learnWith({ network, backbone: toTrain.kind }, photos, learning, TRAINING_SHARE);
  });
};

/** @param done the share of all that is done before */
const learnWith = async (
  { network, backbone }: NamedNetwork,
  photos: readonly PhotoToLearn[],
  { options: { data, head }, bar, signal }: LearnOptions,
  done: number,
): Promise<LearnedPhotos> => {
  const dimensions = network.parts.reduce((sum, size) => sum + size, 0);
  const training = {
    folder: lineFolders(data).training,
    name: 'photos',
    content: [JSON.stringify(network.input), network.graph.model().toBuffer()],
    keep: true,
  };
  return inTrainingFolder(training, async (folder) => {
    const cache = await FeatureCache.open(join(folder, 'features.bin'), dimensions);
    if (cache.size > 0) bar.tell(`The features of ${cache.size} photos are there already.`);
    try {
      return await learnFromPhotos({
        network,
        head,
        photos,
        cache,
        signal,
        onProgress: (share, note) => bar.update(done + (1 - done) * share, note),
        ...(backbone !== undefined && { backbone }),
      });
    } finally {
      await cache.close();
    }
  });
};
