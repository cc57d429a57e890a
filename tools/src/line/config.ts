import {
  kafkaConfig,
  kafkaSettings,
  parseEnvironment,
  setting,
  type Environment,
  type KafkaConfig,
} from '@offerstream/service-kit';
import { z } from 'zod';

const schema = z.object({
  ...kafkaSettings,
  KAFKA_BROKERS: kafkaSettings.KAFKA_BROKERS.optional(),
  /** URL that shops send events to. */
  COLLECTOR_URL: z.url('give a URL').optional(),
  /** URL of the back office, and its admin token. */
  CONTROL_URL: z.url('give a URL').optional(),
  CONTROL_TOKEN: z.string().optional(),
  /** `host:port` of the inference service. */
  INFERENCE_ADDRESS: z.string().optional(),
  MODELS_DIR: z.string().optional(),
  /** The personalizers' consumer group. */
  GROUP_ID: setting.text('offerstream-personalizer'),
});

/** What the environment says of a line; what it leaves open comes from the running line's own state. */
export interface LineConfig {
  readonly brokers: readonly string[] | undefined;
  readonly kafka: Omit<KafkaConfig, 'brokers'>;
  readonly collector: string | undefined;
  readonly control: string | undefined;
  readonly controlToken: string | undefined;
  readonly inference: string | undefined;
  readonly modelsDir: string | undefined;
  readonly groupId: string;
}

/** @throws ConfigError */
export const readLineConfig = (env: Environment = process.env): LineConfig => {
  const settings = parseEnvironment(schema, env);
  const kafka = kafkaConfig({ ...settings, KAFKA_BROKERS: settings.KAFKA_BROKERS ?? [] });
  return {
    brokers: settings.KAFKA_BROKERS,
    kafka,
    collector: settings.COLLECTOR_URL,
    control: settings.CONTROL_URL,
    controlToken: settings.CONTROL_TOKEN,
    inference: settings.INFERENCE_ADDRESS,
    modelsDir: settings.MODELS_DIR,
    groupId: settings.GROUP_ID,
  };
};
