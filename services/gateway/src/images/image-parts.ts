import type { GatewayMetrics } from '../gateway-metrics.js';
import type { ModelFolder } from '../models/model-folder.js';
import { ImageModels } from './image-models.js';
import { ImagePool } from './image-pool.js';
import { ItemPictures, type ItemPicturesOptions } from './item-pictures.js';
import { PhotoEmbedder } from './photo-embedder.js';
import { poolSettings } from '../threads/pool-settings.js';

/** What looks at photos. */
export interface ImageParts {
  readonly models: ImageModels;
  readonly pool: ImagePool;
  readonly photos: PhotoEmbedder;
  readonly pictures: ItemPictures;
  /** Refuses what is under way. */
  close(): Promise<void>;
}

export interface ImageOptions {
  readonly config: { readonly workers: number };
  readonly folder: ModelFolder;
  /** `host:port`; the threads ask it themselves. */
  readonly inferenceAddress: string;
  readonly readPicture: ItemPicturesOptions['read'];
  readonly metrics: Pick<GatewayMetrics, 'watchImageQueue' | 'imageWorkerLost'>;
  readonly warn: (message: string) => void;
}

/** How long Kafka may take for a picture. */
const READ_TIMEOUT_MS = 5_000;

export const openImages = ({
  config,
  folder,
  inferenceAddress,
  readPicture,
  metrics,
  warn,
}: ImageOptions): ImageParts => {
  const pool = new ImagePool(
    poolSettings({ workers: config.workers, inferenceAddress, countLost: () => metrics.imageWorkerLost(), warn }),
  );
  metrics.watchImageQueue(() => pool.waiting);
  const models = new ImageModels(folder);
  const pictures = new ItemPictures({ read: readPicture, timeoutMs: READ_TIMEOUT_MS });
  return {
    models,
    pool,
    photos: new PhotoEmbedder(models, pool),
    pictures,
    async close() {
      await pictures.close();
      await pool.close();
    },
  };
};
