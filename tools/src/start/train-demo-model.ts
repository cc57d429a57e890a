import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ACTION_NAMES, ACTION, shopAction, type ActionName, type ItemId } from '@offerstream/contracts';
import type { Promotion } from '@offerstream/control-client';
import { createDemoShop } from '@offerstream/demo-shop';
import { storeModel, trainModel, type Interaction } from '@offerstream/learning';
import { DEMO_FAMILY, DEMO_SEED, DEMO_TENANT } from './demo.js';

interface TrainingTask {
  readonly modelsDir: string;
  /** When the shop's generated history ends, in ms since 1970. */
  readonly endMs: number;
}

/**
 * Trains the demo's model on the generated shop's history and stores it in the model repository. It has a thread of its own,
 * because it computes for seconds and this process has to watch over others.
 *
 * @throws the signal's reason when it aborts, or the error of the training
 */
export const trainDemoModel = (task: TrainingTask, signal: AbortSignal): Promise<Promotion> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    const stop = (): void => {
      reject(signal.reason as Error);
      void worker.terminate();
    };
    signal.addEventListener('abort', stop, { once: true });
    worker.once('message', (promotion: Promotion) => resolve(promotion));
    worker.once('error', reject);
    worker.once('exit', (code) => {
      signal.removeEventListener('abort', stop);
      reject(new Error(`The training of the demo's model ended with exit code ${code}.`));
    });
  });

const train = async ({ modelsDir, endMs }: TrainingTask): Promise<Promotion> => {
  const shop = createDemoShop(DEMO_SEED);
  const trained = await trainModel({
    tenant: DEMO_TENANT,
    family: DEMO_FAMILY,
    interactions: interactionsOf(shop.history(endMs)),
    catalog: shop.catalog,
    seed: DEMO_SEED,
  });
  const { name, version } = await storeModel(modelsDir, trained);
  return {
    tenant: DEMO_TENANT,
    name,
    version,
    family: trained.family,
    popular: trained.popular.map((id) => id as ItemId),
  };
};

const ACTION_OF_CODE = new Map<number, ActionName>(ACTION_NAMES.map((name) => [ACTION[name], name]));

function* interactionsOf(history: ReturnType<ReturnType<typeof createDemoShop>['history']>): Generator<Interaction> {
  for (const { subject, name, products, time } of history) {
    const action = ACTION_OF_CODE.get(shopAction(name)?.action ?? 0);
    if (action === undefined) continue;
    for (const { item } of products) yield { subject, item: item.id, action, time };
  }
}

if (!isMainThread) parentPort?.postMessage(await train(workerData as TrainingTask));
