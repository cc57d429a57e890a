import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { ItemId } from '@offerstream/contracts';
import type { Promotion } from '@offerstream/control-client';
import { createDemoShop, interactionsOf } from '@offerstream/demo-shop';
import { interactionLog, storeModel, trainModel, type FamilyName, type ItemVectors } from '@offerstream/learning';
import { workerResults } from '../line/worker-results.js';
import { DEMO_SEED, DEMO_TENANT } from './demo.js';

export interface TrainingTask {
  readonly modelsDir: string;
  /** When the shop's generated history ends, in ms since 1970. */
  readonly endMs: number;
  /** Trained and stored one after the other. */
  readonly families: readonly FamilyName[];
  /** What models of words and pictures made of the items, for families that look at what items are. */
  readonly vectors?: ItemVectors;
}

/**
 * Trains the demo's models on the generated shop's history and stores them in the model repository.
 *
 * @returns one promotion a family, in their order, each as soon as its model is stored
 * @throws the signal's reason when it aborts, or the error of the training
 */
export const trainDemoModels = (task: TrainingTask, signal: AbortSignal): readonly Promise<Promotion>[] =>
  workerResults({ script: new URL(import.meta.url), workerData: task, results: task.families.length }, signal);

async function* train({ modelsDir, endMs, families, vectors }: TrainingTask): AsyncGenerator<Promotion> {
  const shop = createDemoShop(DEMO_SEED);
  const interactions = interactionLog(interactionsOf(shop.history(endMs)));
  for (const family of families) {
    const trained = await trainModel({
      tenant: DEMO_TENANT,
      family,
      interactions,
      catalog: shop.catalog,
      seed: DEMO_SEED,
      ...(vectors === undefined ? {} : { vectors }),
    });
    const { name, version } = await storeModel(modelsDir, trained);
    yield {
      tenant: DEMO_TENANT,
      name,
      version,
      family,
      popular: trained.popular.map((id) => id as ItemId),
    };
  }
}

if (!isMainThread) {
  for await (const promotion of train(workerData as TrainingTask)) parentPort?.postMessage(promotion);
}
