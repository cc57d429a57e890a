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

const MIB = 1024 * 1024;

const schema = z.object({
  ...serviceSettings,
  ...kafkaSettings,
  /** Where shops send their events. */
  HTTP_HOST: setting.text('127.0.0.1'),
  HTTP_PORT: setting.port(),
  /** Where the uses of write keys are told; without it nobody sees when one was used last. */
  ...controlSettings,
  /** Events that may wait for Kafka's acknowledgement; above it requests are answered 429. */
  PRODUCER_BUFFER_MIB: setting.integer(1, 4096, 'MiB').default(64),
});

export interface CollectorConfig extends ServiceConfig {
  readonly kafka: KafkaConfig;
  readonly http: { readonly host: string; readonly port: number };
  readonly producerBufferBytes: number;
  readonly control: ControlAccess | undefined;
}

/** @throws ConfigError */
export const readConfig = (env: Environment): CollectorConfig => {
  const settings = parseEnvironment(schema, env);
  return {
    ...serviceConfig(settings),
    kafka: kafkaConfig(settings),
    http: { host: settings.HTTP_HOST, port: settings.HTTP_PORT },
    producerBufferBytes: settings.PRODUCER_BUFFER_MIB * MIB,
    control: controlAccess(settings),
  };
};
