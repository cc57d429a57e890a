import { join } from 'node:path';
import { FeatureCache, learnFromPhotos, type LearnedPhotos, type PhotoToLearn } from '@offerstream/vision';
import type { ProgressBar } from '../line/progress-bar.js';
import { lineFolders } from '../line/line-folders.js';
import { inTrainingFolder } from '../train/training-folder.js';
import { networkFor } from './network-for.js';
import { trainCnn } from './train-cnn.js';
import type { VisionOptions } from './vision-options.js';

const CNN_SHARE = 0.8;

export interface LearnOptions {
  readonly options: VisionOptions & { readonly data: string };
  readonly photos: readonly PhotoToLearn[];
  /** The model repository, where named backbones are. */
  readonly repository: string;
  readonly bar: ProgressBar;
  readonly signal: AbortSignal;
}

/** What photos teach. Their features stay in the data folder for the next command with the same network, however this one ends. */
export const learnPhotos = async ({
  options,
  photos,
  repository,
  bar,
  signal,
}: LearnOptions): Promise<LearnedPhotos> => {
  bar.update(0, 'reading the network');
  const trained = options.kind === 'cnn' ? CNN_SHARE : 0;
  const { network, backbone } =
    options.kind === 'cnn'
      ? {
          network: await trainCnn({
            ...options,
            photos,
            bar,
            signal,
            onProgress: (share, note) => bar.update(CNN_SHARE * share, note),
          }),
          backbone: 'cnn',
        }
      : await networkFor(options, repository);
  const dimensions = network.parts.reduce((sum, size) => sum + size, 0);
  const training = {
    folder: lineFolders(options.data).training,
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
        head: options.head,
        photos,
        cache,
        signal,
        onProgress: (share, note) => bar.update(trained + (1 - trained) * share, note),
        ...(backbone !== undefined && { backbone }),
      });
    } finally {
      await cache.close();
    }
  });
};
