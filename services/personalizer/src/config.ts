import { readValkeyUrl } from '@offerstream/profile-store';
import {
  kafkaConfig,
  kafkaSettings,
  parseEnvironment,
  profileLocation,
  profileSettings,
  serviceConfig,
  serviceSettings,
  setting,
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
  GROUP_ID: setting.text('offerstream-personalizer'),
  /** `host:port` of the inference service. */
  INFERENCE_ADDRESS: setting.text(),
  /** Most records that are folded, scored and saved together. */
  BATCH_RECORDS: setting.integer(1, 10_000, 'records').default(1_024),
  /** How long a record waits for others to be processed with. */
  GATHER_MS: setting.integer(0, 1_000, 'milliseconds').default(5),
  BATCHES_IN_FLIGHT: setting.integer(1, 16, 'batches').default(4),
  /** Within this time the partitions of a process that died are taken over. */
  SESSION_TIMEOUT_MS: setting.integer(1_000, 300_000, 'milliseconds').default(10_000),
  /** With lag and Kafka in reach, no progress for this long ends the process. */
  STALL_TIMEOUT_MS: setting.integer(1_000, 3_600_000, 'milliseconds').default(60_000),
  /** Longest answer of inference: this, and {@link INFERENCE_ROW_DEADLINE_MS} a shopper. */
  INFERENCE_DEADLINE_MS: setting.integer(1, 60_000, 'milliseconds').default(150),
  INFERENCE_ROW_DEADLINE_MS: setting.integer(0, 1_000, 'milliseconds').default(5),
  /** The most that a crash loses of what is counted of tenants' usage, in their favour. */
  USAGE_FLUSH_MS: setting.integer(100, 60_000, 'milliseconds').default(1_000),
  /**
   * A word that was not used before: the profile store is emptied at the start and the topic folded again, without publishing
   * what was published before. Happens once for each word.
   */
  REBUILD: setting.text(''),
});

export interface PersonalizerConfig extends ServiceConfig {
  readonly kafka: KafkaConfig;
  readonly groupId: string;
  readonly profiles: ProfileLocation;
  readonly inferenceAddress: string;
  readonly batchRecords: number;
  readonly gatherMs: number;
  readonly batchesInFlight: number;
  readonly sessionTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly inferenceDeadlineMs: number;
  readonly inferenceRowDeadlineMs: number;
  readonly usageFlushMs: number;
  /** Names the rebuild, so that it happens once; empty for none. */
  readonly rebuild: string;
}

/** @throws ConfigError */
export const readConfig = (env: Environment): PersonalizerConfig => {
  const settings = parseEnvironment(schema, env);
  return {
    ...serviceConfig(settings),
    kafka: kafkaConfig(settings),
    groupId: settings.GROUP_ID,
    profiles: profileLocation(settings, readValkeyUrl),
    inferenceAddress: settings.INFERENCE_ADDRESS,
    batchRecords: settings.BATCH_RECORDS,
    gatherMs: settings.GATHER_MS,
    batchesInFlight: settings.BATCHES_IN_FLIGHT,
    sessionTimeoutMs: settings.SESSION_TIMEOUT_MS,
    stallTimeoutMs: settings.STALL_TIMEOUT_MS,
    inferenceDeadlineMs: settings.INFERENCE_DEADLINE_MS,
    inferenceRowDeadlineMs: settings.INFERENCE_ROW_DEADLINE_MS,
    usageFlushMs: settings.USAGE_FLUSH_MS,
    rebuild: settings.REBUILD,
  };
};
