import {
  kafkaConfig,
  kafkaSettings,
  parseEnvironment,
  serviceConfig,
  serviceSettings,
  setting,
  type Environment,
  type KafkaConfig,
  type ServiceConfig,
} from '@offerstream/service-kit';
import { z } from 'zod';

const schema = z.object({
  ...serviceSettings,
  ...kafkaSettings,
  CONTROL_URL: z.url('give a URL'),
  /** Holds the back office's admin token. */
  CONTROL_DATA: setting.text(),
  GATEWAY_URL: z.url('give a URL'),
  INFERENCE_ADDRESS: setting.text(),
  MODELS_DIR: setting.text(),
  /** Where the set-up of the demo keeps what it has done, and its secret key. */
  DEMO_DATA: setting.text(),
  /** From one new product to the next. */
  NEW_PRODUCT_SECONDS: setting.integer(1, 86_400, 'seconds').default(30),
});

export interface AssortmentConfig extends ServiceConfig {
  readonly kafka: KafkaConfig;
  readonly controlUrl: string;
  readonly controlDataDir: string;
  readonly gatewayUrl: string;
  readonly inferenceAddress: string;
  readonly modelsDir: string;
  readonly demoDataDir: string;
  readonly newProductSeconds: number;
}

/** @throws ConfigError */
export const readConfig = (env: Environment): AssortmentConfig => {
  const settings = parseEnvironment(schema, env);
  return {
    ...serviceConfig(settings),
    kafka: kafkaConfig(settings),
    controlUrl: settings.CONTROL_URL,
    controlDataDir: settings.CONTROL_DATA,
    gatewayUrl: settings.GATEWAY_URL,
    inferenceAddress: settings.INFERENCE_ADDRESS,
    modelsDir: settings.MODELS_DIR,
    demoDataDir: settings.DEMO_DATA,
    newProductSeconds: settings.NEW_PRODUCT_SECONDS,
  };
};
