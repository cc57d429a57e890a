import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { ItemId } from '@offerstream/contracts';
import type { Promotion } from '@offerstream/control-client';
import { createDemoShop, interactionsOf } from '@offerstream/demo-shop';
import { interactionLog, storeModel, trainModel } from '@offerstream/learning';
import { DEMO_SEED, DEMO_TENANT, type DemoFamily } from './demo.js';

export interface TrainingTask {
  readonly modelsDir: string;
  /** When the shop's generated history ends, in ms since 1970. */
  readonly endMs: number;
  /** Trained and stored one after the other. */
  readonly families: readonly DemoFamily[];
}

/**
 * Trains the demo's models on the generated shop's history and stores them in the model repository. They have a thread of their
 * own, because it computes for seconds and this process has to watch over others.
 *
 * @returns one promotion a family, in their order, each as soon as its model is stored
 * @throws the signal's reason when it aborts, or the error of the training
 */
export const trainDemoModels = (task: TrainingTask, signal: AbortSignal): readonly Promise<Promotion>[] => {
  const trained = task.families.map(() => Promise.withResolvers<Promotion>());
  const reject = (reason: Error): void => {
    for (const each of trained) each.reject(reason);
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const stop = (): void => {
    reject(signal.reason as Error);
    void worker.terminate();
  };
  signal.addEventListener('abort', stop, { once: true });
  let stored = 0;
  worker.on('message', (promotion: Promotion) => trained[stored++]?.resolve(promotion));
  worker.once('error', reject);
  worker.once('exit', (code) => {
    signal.removeEventListener('abort', stop);
    reject(new Error(`The training of the demo's models ended with exit code ${code}.`));
  });
  return trained.map(({ promise }) => promise);
};

async function* train({ modelsDir, endMs, families }: TrainingTask): AsyncGenerator<Promotion> {
  const shop = createDemoShop(DEMO_SEED);
  const interactions = interactionLog(interactionsOf(shop.history(endMs)));
  for (const family of families) {
    const trained = await trainModel({
      tenant: DEMO_TENANT,
      family,
      interactions,
      catalog: shop.catalog,
      seed: DEMO_SEED,
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
