import { isTenantId, type TenantId } from '@offerstream/contracts';
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
  COLLECTOR_URL: z.url('give a URL'),
  WRITE_KEY: setting.text(),
  TENANT: z.string().refine(isTenantId, 'give 1 to 32 of a-z, 0-9 and dash'),
  /** Where most of them see offers. */
  PLACEMENT: setting.text(),
  /** Where the control group sees offers. */
  CONTROL_PLACEMENT: setting.text(),
  /** Which generated shop they go to. */
  SHOP_SEED: setting.integer(0, 2 ** 32 - 1, 'a seed'),
  EVENTS_PER_SECOND: setting.integer(1, 500, 'events').default(30),
});

export interface ShoppersConfig extends ServiceConfig {
  readonly kafka: KafkaConfig;
  readonly collectorUrl: string;
  readonly writeKey: string;
  readonly tenant: TenantId;
  readonly placement: string;
  readonly controlPlacement: string;
  readonly shopSeed: number;
  readonly eventsPerSecond: number;
}

/** @throws ConfigError */
export const readConfig = (env: Environment): ShoppersConfig => {
  const settings = parseEnvironment(schema, env);
  return {
    ...serviceConfig(settings),
    kafka: kafkaConfig(settings),
    collectorUrl: settings.COLLECTOR_URL,
    writeKey: settings.WRITE_KEY,
    tenant: settings.TENANT,
    placement: settings.PLACEMENT,
    controlPlacement: settings.CONTROL_PLACEMENT,
    shopSeed: settings.SHOP_SEED,
    eventsPerSecond: settings.EVENTS_PER_SECOND,
  };
};
