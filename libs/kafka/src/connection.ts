import type { ConnectionOptions } from 'node:tls';
import type { TopicNaming } from '@offerstream/contracts';
import { Kafka as KafkajsClient, logLevel, type Admin, type SASLOptions } from 'kafkajs';
import { createCluster, createKafkajsLogger, type Cluster } from './kafkajs-internals.js';

export type KafkaLogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where this library's log lines go. */
export type KafkaLogger = (level: KafkaLogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;

/** SASL login: `plain`, `scram-sha-256` or `scram-sha-512` with name and password, or `oauthbearer` with a token provider. */
export type KafkaSasl = SASLOptions;

export interface KafkaConnection {
  /** `host:port` of at least one broker; the others are found through it. */
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string;
  /** `true` for TLS with the system's certificates, or Node's TLS options. Default: plain TCP. */
  readonly ssl?: boolean | ConnectionOptions | undefined;
  readonly sasl?: KafkaSasl | undefined;
  /** How logical topic names become names on the broker. */
  readonly naming: TopicNaming;
  /** Default: nothing is logged. */
  readonly logger?: KafkaLogger | undefined;
}

/** What the rest of this library needs to reach Kafka; made once a process by {@link createKafka}. */
export interface Kafka {
  readonly connection: KafkaConnection;
  readonly logger: KafkaLogger;
  /** A connection pool of its own. Nothing in it retries: whoever uses it decides how long to go on. */
  cluster(options?: { readonly requestTimeoutMs?: number }): Cluster;
  /** Runs `work` with a connected admin client and closes it. */
  withAdmin<Result>(work: (admin: Admin) => Promise<Result>): Promise<Result>;
}

const CONNECTION_TIMEOUT_MS = 1_500;
const REQUEST_TIMEOUT_MS = 10_000;
/** Also how late a consumer learns that a topic has got more partitions. */
const METADATA_MAX_AGE_MS = 10_000;

/** Prepares access to Kafka; connects nothing yet. */
export const createKafka = (connection: KafkaConnection): Kafka => {
  const logger = connection.logger ?? (() => undefined);
  // What matters is reported by this library in its own words; kafkajs calls each attempt that is retried an error.
  const logCreator =
    () =>
    ({ log }: { readonly log: { readonly message: string } }) => {
      const { message, ...fields } = log;
      logger('debug', message, fields);
    };
  const level = connection.logger === undefined ? logLevel.NOTHING : logLevel.INFO;
  const kafkajsLogger = createKafkajsLogger(level, logCreator);

  return {
    connection,
    logger,
    cluster: ({ requestTimeoutMs = REQUEST_TIMEOUT_MS } = {}) =>
      createCluster({
        logger: kafkajsLogger,
        brokers: connection.brokers,
        ssl: connection.ssl,
        sasl: connection.sasl,
        clientId: connection.clientId,
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        authenticationTimeout: REQUEST_TIMEOUT_MS,
        reauthenticationThreshold: REQUEST_TIMEOUT_MS,
        requestTimeout: requestTimeoutMs,
        enforceRequestTimeout: true,
        metadataMaxAge: METADATA_MAX_AGE_MS,
        retry: { retries: 0, initialRetryTime: 50, maxRetryTime: 50 },
        allowAutoTopicCreation: false,
      }),
    async withAdmin(work) {
      const client = new KafkajsClient({
        brokers: [...connection.brokers],
        clientId: connection.clientId,
        ...(connection.ssl === undefined ? {} : { ssl: connection.ssl }),
        ...(connection.sasl === undefined ? {} : { sasl: connection.sasl }),
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 },
        logLevel: level,
        logCreator,
      });
      const admin = client.admin();
      await admin.connect();
      try {
        return await work(admin);
      } finally {
        await admin.disconnect();
      }
    },
  };
};
