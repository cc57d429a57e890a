import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { createDemoShop, type DemoShop } from '@offerstream/demo-shop';
import { storeVersion, type StoredVersion } from '@offerstream/learning';
import {
  FeatureCache,
  handcraftedNetwork,
  imageClassifierCard,
  imageClassifierMetrics,
  imageModelFiles,
  jpegOf,
  learnFromPhotos,
  type PhotoToLearn,
  type Split,
} from '@offerstream/vision';
import { workerResults } from '../line/worker-results.js';
import { DEMO_SEED, DEMO_TENANT } from '../start/demo.js';

interface PictureModelTask {
  readonly modelsDir: string;
  /** Of all trainings; one that was interrupted goes on with what it has there. */
  readonly trainingDir: string;
}

/** Of each category so many items: they come to nine of ten right in a quarter of the time that all of them take. */
const SPLITS: readonly Split[] = [...Array<Split>(9).fill('train'), 'validation', 'validation', 'test'];

/**
 * Trains a classifier of the demo's own pictures, by handcrafted features, and stores it in the model repository.
 *
 * @throws the signal's reason when it aborts, or the error of the training
 */
export const trainPictureModel = async (task: PictureModelTask, signal: AbortSignal): Promise<StoredVersion> => {
  const [stored] = workerResults<StoredVersion>(
    { script: new URL(import.meta.url), workerData: task, results: 1 },
    signal,
  );
  return stored as Promise<StoredVersion>;
};

const train = async ({ modelsDir, trainingDir }: PictureModelTask): Promise<StoredVersion> => {
  const network = handcraftedNetwork();
  const dimensions = network.parts.reduce((sum, size) => sum + size, 0);
  const folder = join(trainingDir, 'demo-pictures');
  await mkdir(folder, { recursive: true });
  const cache = await FeatureCache.open(join(folder, 'features.bin'), dimensions);
  const learned = await learnFromPhotos({
    network,
    head: 'logistic',
    photos: photosOf(createDemoShop(DEMO_SEED)),
    cache,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  }).finally(() => cache.close());
  const name = `${DEMO_TENANT}.vision`;
  const metrics = imageClassifierMetrics(learned);
  const { card, pictures } = imageClassifierCard(name, metrics);
  const { served, beside } = imageModelFiles(learned.classifier.description, learned.classifier.model);
  const stored = await storeVersion(modelsDir, name, {
    served,
    beside: { ...beside, ...pictures, 'card.md': card, 'metrics.json': `${JSON.stringify(metrics, null, 2)}\n` },
  });
  await rm(folder, { recursive: true });
  return stored;
};

/** The first items of each category, drawn when they are read. */
const photosOf = ({ catalog, picture }: DemoShop): readonly PhotoToLearn[] => {
  const categories = Map.groupBy(catalog, ({ categories: path }) => path.at(-1) ?? '');
  return [...categories].flatMap(([label, items]) =>
    SPLITS.flatMap((split, place) => {
      const drawn = items[place] && picture(items[place].id);
      if (drawn === undefined) return [];
      const sha256 = createHash('sha256').update(drawn.data).digest('hex');
      return [{ label, split, sha256, read: () => jpegOf(drawn) }];
    }),
  );
};

if (!isMainThread) parentPort?.postMessage(await train(workerData as PictureModelTask));
