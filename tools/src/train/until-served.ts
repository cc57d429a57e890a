import { InferenceClient } from '@offerstream/inference-client';
import { pause } from '../line/pause.js';
import { TrainError } from './errors.js';

const TIMEOUT_MS = 60_000;
const CHECK_MS = 200;

/**
 * Resolves when inference answers with a version of each of the models.
 *
 * @throws TrainError `model-not-served`; the signal's reason when it aborts
 */
export const untilServed = async (
  address: string,
  {
    models,
    version,
    signal,
  }: { readonly models: readonly string[]; readonly version: string; readonly signal: AbortSignal },
): Promise<void> => {
  const client = new InferenceClient(address);
  try {
    const deadline = performance.now() + TIMEOUT_MS;
    for (const model of models) {
      while (!(await client.modelReady({ model, version, deadlineMs: 1_000 }))) {
        if (performance.now() > deadline) {
          throw new TrainError(
            'model-not-served',
            true,
            `Inference at ${address} does not serve ${model} version ${version}. Check that it runs and reads this model repository.`,
          );
        }
        await pause(CHECK_MS, signal);
      }
    }
  } finally {
    client.close();
  }
};
