import { DEFAULT_TOPIC_NAMING, type TopicNaming } from '@offerstream/contracts';
import { z } from 'zod';
import { FaultPoints } from './fault-points.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every mistake in the environment at once: variable, value seen (unless it is secret), what would be right. */
export class ConfigError extends Error {
  readonly code = 'config-invalid';
  readonly canRetry = false;

  constructor(readonly mistakes: readonly string[]) {
    super(`The configuration is not usable:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads environment variables through a schema whose keys are their names. An empty variable counts as not set.
 *
 * @throws ConfigError with all mistakes.
 */
export const parseEnvironment = <Schema extends z.ZodObject>(schema: Schema, env: Environment): z.output<Schema> => {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, env[name] === '' ? undefined : env[name]]),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? '');
      const seen = isSecret(schema.shape[name]) ? "can't be used" : `is "${given[name]}"`;
      return `${name} ${given[name] === undefined ? 'is not set' : seen}: ${issue.message}`;
    }),
  );
};

const SECRET = { secret: true } as const;
const isSecret = (schema: unknown): boolean => schema instanceof z.ZodType && schema.meta()?.['secret'] === true;

const integer = (least: number, most: number, what: string) =>
  z.coerce
    .number(`give ${what}, ${least} to ${most}`)
    .int(`give ${what}, ${least} to ${most}`)
    .min(least, `give ${what}, ${least} to ${most}`)
    .max(most, `give ${what}, ${least} to ${most}`);

/** Building blocks for a service's schema. */
export const setting = {
  integer,
  /** A TCP port; 0 lets the system choose. */
  port: (fallback?: number) =>
    fallback === undefined ? integer(0, 65_535, 'a port') : integer(0, 65_535, 'a port').default(fallback),
  text: (fallback?: string) => (fallback === undefined ? z.string('give a value') : z.string().default(fallback)),
  /** What holds a password: no mistake repeats its value. Wraps the whole of a schema, its `optional()` too. */
  secret: <Schema extends z.ZodType>(schema: Schema): Schema => schema.meta(SECRET),
  flag: (fallback: boolean) =>
    z
      .enum(['true', 'false'], 'give true or false')
      .default(fallback ? 'true' : 'false')
      .transform((value) => value === 'true'),
  list: () =>
    z
      .string('give a comma-separated list')
      .transform((value) =>
        value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part.length > 0),
      )
      .refine((parts) => parts.length > 0, 'give a comma-separated list'),
} as const;

/** Settings that every service has. */
export const serviceSettings = {
  /** Where metrics and health answer; loopback unless told otherwise. */
  ADMIN_HOST: setting.text('127.0.0.1'),
  ADMIN_PORT: setting.port(),
  LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug'], 'give error, warn, log or debug').default('log'),
  /** Fault points to fire, see {@link FaultPoints}; off by default. */
  FAULTS: z
    .string()
    .default('')
    .refine(FaultPoints.areReadable, 'give point=kill|stop|throw or point=kill|stop|throw@n, comma-separated'),
} as const;

/** Settings of a service that speaks to Kafka. */
export const kafkaSettings = {
  KAFKA_BROKERS: setting.list(),
  KAFKA_TLS: setting.flag(false),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'give plain, scram-sha-256 or scram-sha-512')
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: setting.secret(z.string().optional()),
  TOPIC_PREFIX: setting.text(DEFAULT_TOPIC_NAMING.prefix),
  TOPIC_SUFFIX: setting.text(DEFAULT_TOPIC_NAMING.suffix),
  /** Replicas of the topics that a service makes; the brokers' own default where it is not set. */
  TOPIC_REPLICATION: integer(1, 10, 'a replication factor').optional(),
} as const;

type KafkaSettings = z.output<z.ZodObject<typeof kafkaSettings>>;

export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  readonly naming: TopicNaming;
  /** Undefined: the brokers' own (`default.replication.factor`). */
  readonly replicationFactor: number | undefined;
}

/** @throws ConfigError when a mechanism has no name and password. */
export const kafkaConfig = (settings: KafkaSettings): KafkaConfig => ({
  brokers: settings.KAFKA_BROKERS,
  tls: settings.KAFKA_TLS,
  ...saslConfig(settings),
  naming: { prefix: settings.TOPIC_PREFIX, suffix: settings.TOPIC_SUFFIX },
  replicationFactor: settings.TOPIC_REPLICATION,
});

const saslConfig = (settings: KafkaSettings): Pick<KafkaConfig, 'sasl'> => {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings;
  if (mechanism === undefined) return {};
  if (username === undefined || password === undefined)
    throw new ConfigError(
      Object.entries({ KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password })
        .filter(([, value]) => value === undefined)
        .map(([name]) => `${name} is not set: give it to KAFKA_SASL_MECHANISM ${mechanism}`),
    );
  return { sasl: { mechanism, username, password } };
};

/** Settings of a service that reads or writes profiles: one of the two. */
export const profileSettings = {
  /** Folder of the embedded profile store. */
  PROFILES_DIR: z.string().optional(),
  /** Server or cluster of the Redis protocol; it may hold a password. */
  PROFILES_URL: setting.secret(z.string().optional()),
} as const;

export type ProfileLocation = { readonly folder: string } | { readonly url: string };

/**
 * @param readUrl throws what is wrong with a URL, without its password
 * @throws ConfigError when neither or both are given, or the URL is of something else
 */
export const profileLocation = (
  { PROFILES_DIR: folder, PROFILES_URL: url }: z.output<z.ZodObject<typeof profileSettings>>,
  readUrl: (url: string) => unknown,
): ProfileLocation => {
  if (url === undefined) {
    if (folder !== undefined) return { folder };
    throw new ConfigError(['PROFILES_DIR and PROFILES_URL are not set: give a folder, or redis://host:port']);
  }
  if (folder !== undefined)
    throw new ConfigError([`PROFILES_DIR is "${folder}" and PROFILES_URL is set too: give one of them`]);
  try {
    readUrl(url);
  } catch (error) {
    throw new ConfigError([`PROFILES_URL can't be used. ${(error as Error).message}`]);
  }
  return { url };
};

export interface ServiceConfig {
  readonly admin: { readonly host: string; readonly port: number };
  readonly logLevel: 'error' | 'warn' | 'log' | 'debug';
  readonly faults: string;
}

export const serviceConfig = (settings: z.output<z.ZodObject<typeof serviceSettings>>): ServiceConfig => ({
  admin: { host: settings.ADMIN_HOST, port: settings.ADMIN_PORT },
  logLevel: settings.LOG_LEVEL,
  faults: settings.FAULTS,
});

/** Where control is, for what a service asks of it or tells it; a service goes on without. */
export const controlSettings = {
  CONTROL_URL: z
    .string()
    .regex(/^https?:\/\//, 'give http://host:port')
    .optional(),
  /** File with the token that control gives to services. */
  SERVICE_TOKEN_FILE: z.string().optional(),
};

export interface ControlAccess {
  readonly url: string;
  readonly tokenFile: string;
}

/** @throws ConfigError one of the two without the other */
export const controlAccess = ({
  CONTROL_URL: url,
  SERVICE_TOKEN_FILE: tokenFile,
}: z.output<z.ZodObject<typeof controlSettings>>): ControlAccess | undefined => {
  if (url === undefined && tokenFile === undefined) return undefined;
  if (url !== undefined && tokenFile !== undefined) return { url, tokenFile };
  throw new ConfigError([
    url === undefined
      ? 'CONTROL_URL is not set: give it to SERVICE_TOKEN_FILE, or neither'
      : 'SERVICE_TOKEN_FILE is not set: give it to CONTROL_URL, or neither',
  ]);
};
