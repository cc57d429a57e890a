import { join } from 'node:path';
import { FeatureCache, learnFromPhotos, type LearnedPhotos } from '@offerstream/vision';
import type { ProgressBar } from '../line/progress-bar.js';
import { lineFolders } from '../line/line-folders.js';
import { inTrainingFolder } from '../train/training-folder.js';
import { networkFor } from './network-for.js';
import { withPhotos } from './read-photos.js';
import type { VisionOptions } from './vision-options.js';

export interface LearnOptions {
  readonly options: VisionOptions & { readonly data: string };
  /** The model repository, where named backbones are. */
  readonly repository: string;
  readonly bar: ProgressBar;
  readonly signal: AbortSignal;
}

/** What photos teach. Their features stay in the data folder for the next command with the same network, however this one ends. */
export const learnPhotos = async ({ options, repository, bar, signal }: LearnOptions): Promise<LearnedPhotos> => {
  bar.update(0, 'reading the network');
  const { network, backbone } = await networkFor(options, repository);
  const dimensions = network.parts.reduce((sum, size) => sum + size, 0);
  const training = {
    folder: lineFolders(options.data).training,
    name: 'photos',
    content: [JSON.stringify(network.input), network.graph.model().toBuffer()],
    keep: true,
  };
  return withPhotos(options, { bar, signal }, (photos) =>
    inTrainingFolder(training, async (folder) => {
      const cache = await FeatureCache.open(join(folder, 'features.bin'), dimensions);
      if (cache.size > 0) bar.tell(`The features of ${cache.size} photos are there already.`);
      try {
        return await learnFromPhotos({
          network,
          head: options.head,
          photos,
          cache,
          signal,
          onProgress: (share, note) => bar.update(share, note),
          ...(backbone !== undefined && { backbone }),
        });
      } finally {
        await cache.close();
      }
    }),
  );
};
