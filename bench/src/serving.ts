import { freePort } from '@offerstream/infra';
import type { Rig } from './rig.js';

type Settings = Readonly<Record<string, string>>;

/**
 * Starts an inference of the rig's models and a gateway that asks it, on the rig's profiles.
 *
 * @param settings of each, beside these
 */
export const startServing = async (
  rig: Rig,
  settings: { readonly inference?: Settings; readonly gateway?: Settings } = {},
) => {
  const inferencePort = String(await freePort());
  await rig.startService('inference', {
    MODELS_DIR: rig.path('models'),
    GRPC_PORT: inferencePort,
    ...settings.inference,
  });
  const httpPort = await freePort();
  const service = await rig.startService('gateway', {
    HTTP_PORT: String(httpPort),
    PROFILES_DIR: rig.path('profiles'),
    INFERENCE_ADDRESS: `127.0.0.1:${inferencePort}`,
    ...settings.gateway,
  });
  return { service, httpPort };
};
