import { PROVIDERS, type Provider } from '@offerstream/onnx-runtime';
import {
  parseEnvironment,
  serviceConfig,
  serviceSettings,
  setting,
  type Environment,
  type ServiceConfig,
} from '@offerstream/service-kit';
import { z } from 'zod';

export interface InferenceConfig extends ServiceConfig {
  readonly grpc: { readonly host: string; readonly port: number };
  readonly modelsFolder: string;
  /** How many threads run models at once; undefined: one less than the machine has cores, at least 1. */
  readonly workers: number | undefined;
  readonly providers: readonly Provider[];
}

const isProvider = (name: string): name is Provider => (PROVIDERS as readonly string[]).includes(name);
const PROVIDERS_RULE = `give a comma-separated list of ${PROVIDERS.join(', ')}`;

const settings = z.object({
  ...serviceSettings,
  GRPC_HOST: setting.text('127.0.0.1'),
  GRPC_PORT: setting.integer(1, 65_535, 'a port').default(8001),
  MODELS_DIR: setting.text(),
  WORKERS: setting.integer(1, 1024, 'a number of threads').optional(),
  PROVIDERS: z
    .string()
    .default(PROVIDERS.join(','))
    .transform((list) => list.split(',').map((name) => name.trim()))
    .refine((names): names is Provider[] => names.every(isProvider), PROVIDERS_RULE),
});

/** @throws ConfigError */
export const readConfig = (env: Environment): InferenceConfig => {
  const values = parseEnvironment(settings, env);
  return {
    ...serviceConfig(values),
    grpc: { host: values.GRPC_HOST, port: values.GRPC_PORT },
    modelsFolder: values.MODELS_DIR,
    workers: values.WORKERS,
    providers: values.PROVIDERS,
  };
};
