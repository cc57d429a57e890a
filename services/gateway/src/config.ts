import { readValkeyUrl } from '@offerstream/profile-store';
import {
  controlAccess,
  controlSettings,
  kafkaConfig,
  kafkaSettings,
  parseEnvironment,
  profileLocation,
  profileSettings,
  serviceConfig,
  serviceSettings,
  setting,
  type ControlAccess,
  type Environment,
  type KafkaConfig,
  type ProfileLocation,
  type ServiceConfig,
} from '@offerstream/service-kit';
import { z } from 'zod';

const schema = z.object({
  ...serviceSettings,
  ...kafkaSettings,
  ...profileSettings,
  /** Where shops ask; loopback unless told otherwise. */
  HTTP_HOST: setting.text('127.0.0.1'),
  HTTP_PORT: setting.port(),
  /** `host:port` of the inference service. */
  INFERENCE_ADDRESS: setting.text(),
  /** Longest answer of inference: this, and {@link INFERENCE_ROW_DEADLINE_MS} a request of the call. */
  INFERENCE_DEADLINE_MS: setting.integer(1, 60_000, 'milliseconds').default(150),
  INFERENCE_ROW_DEADLINE_MS: setting.integer(0, 1_000, 'milliseconds').default(5),
  /** The model repository, read only; without it there are neither language models nor image models. */
  MODELS_DIR: z.string().optional(),
  /** Threads that hold n-grams and tokenizers, and ask inference. */
  LANGUAGE_WORKERS: setting.integer(1, 64, 'a number of threads').default(1),
  /** Threads that look at photos: they decode them, and ask inference. */
  IMAGE_WORKERS: setting.integer(1, 64, 'a number of threads').default(1),
  /** Time between two tellings of what was used: the most of the counts that a crash loses, in the customer's favour. */
  USAGE_FLUSH_MS: setting.integer(100, 60_000, 'milliseconds').default(5_000),
  /** Where quotas are leased; without it nobody can say how much is left, and each plan's `whileUnknown` holds. */
  ...controlSettings,
});

export interface GatewayConfig extends ServiceConfig {
  readonly kafka: KafkaConfig;
  readonly http: { readonly host: string; readonly port: number };
  readonly profiles: ProfileLocation;
  readonly inference: { readonly address: string; readonly baseDeadlineMs: number; readonly rowDeadlineMs: number };
  readonly modelsFolder: string | undefined;
  readonly language: { readonly workers: number };
  readonly images: { readonly workers: number };
  readonly usageFlushMs: number;
  readonly control: ControlAccess | undefined;
}

/** @throws ConfigError */
export const readConfig = (env: Environment): GatewayConfig => {
  const settings = parseEnvironment(schema, env);
  return {
    ...serviceConfig(settings),
    kafka: kafkaConfig(settings),
    http: { host: settings.HTTP_HOST, port: settings.HTTP_PORT },
    profiles: profileLocation(settings, readValkeyUrl),
    inference: {
      address: settings.INFERENCE_ADDRESS,
      baseDeadlineMs: settings.INFERENCE_DEADLINE_MS,
      rowDeadlineMs: settings.INFERENCE_ROW_DEADLINE_MS,
    },
    modelsFolder: settings.MODELS_DIR,
    language: { workers: settings.LANGUAGE_WORKERS },
    images: { workers: settings.IMAGE_WORKERS },
    usageFlushMs: settings.USAGE_FLUSH_MS,
    control: controlAccess(settings),
  };
};
