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

export interface ControlConfig extends ServiceConfig {
  readonly http: { readonly host: string; readonly port: number };
  /** Holds the admin token. */
  readonly dataFolder: string;
  readonly databaseUrl: string;
  readonly kafka: KafkaConfig;
}

const settings = z.object({
  ...serviceSettings,
  ...kafkaSettings,
  /** Who reaches this address and has the admin token may change everything: loopback unless told otherwise. */
  CONTROL_HOST: setting.text('127.0.0.1'),
  CONTROL_PORT: setting.port(),
  CONTROL_DATA: setting.text(),
  DATABASE_URL: z
    .string('give postgresql://user:password@host:port/database')
    .regex(/^postgres(ql)?:\/\//, 'give postgresql://user:password@host:port/database'),
});

/** @throws ConfigError */
export const readConfig = (env: Environment): ControlConfig => {
  const read = parseEnvironment(settings, env);
  return {
    ...serviceConfig(read),
    http: { host: read.CONTROL_HOST, port: read.CONTROL_PORT },
    dataFolder: read.CONTROL_DATA,
    databaseUrl: read.DATABASE_URL,
    kafka: kafkaConfig(read),
  };
};
