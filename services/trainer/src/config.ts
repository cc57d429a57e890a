import {
  controlAccess,
  controlSettings,
  kafkaConfig,
  kafkaSettings,
  parseEnvironment,
  serviceConfig,
  serviceSettings,
  setting,
  type ControlAccess,
  type Environment,
  type KafkaConfig,
  type ServiceConfig,
} from '@offerstream/service-kit';
import { z } from 'zod';

const schema = z.object({
  ...serviceSettings,
  ...kafkaSettings,
  /** `host:port` of the inference service. */
  INFERENCE_ADDRESS: setting.text(),
  /** The model repository that inference serves. */
  MODELS_DIR: setting.text(),
  /** Where versions are promoted; without it, items have vectors and are not placed. */
  ...controlSettings,
});

export interface TrainerConfig extends ServiceConfig {
  readonly kafka: KafkaConfig;
  readonly inferenceAddress: string;
  readonly modelsFolder: string;
  readonly control: ControlAccess | undefined;
}

/** @throws ConfigError */
export const readConfig = (env: Environment): TrainerConfig => {
  const settings = parseEnvironment(schema, env);
  return {
    ...serviceConfig(settings),
    kafka: kafkaConfig(settings),
    inferenceAddress: settings.INFERENCE_ADDRESS,
    modelsFolder: settings.MODELS_DIR,
    control: controlAccess(settings),
  };
};
