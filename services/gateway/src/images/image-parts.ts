import type { GatewayMetrics } from '../gateway-metrics.js';
import type { ModelFolder } from '../models/model-folder.js';
import { ImageModels } from './image-models.js';
import { ImagePool } from './image-pool.js';
import { ItemPictures, type ItemPicturesOptions } from './item-pictures.js';
import { PhotoEmbedder } from './photo-embedder.js';

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

/** Requests that may wait for each thread: with more of them the last would wait for seconds. */
const QUEUED_A_WORKER = 64;
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
  const pool = new ImagePool({
    inferenceAddress,
    workers: config.workers,
    maxQueued: QUEUED_A_WORKER * config.workers,
    onWorkerLost(reason) {
      metrics.imageWorkerLost();
      warn(`a worker is replaced: ${reason.message}`);
    },
    onUnusable: ({ name, version }, reason) => warn(`version ${version} of ${name} can't be used: ${reason}`),
  });
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
