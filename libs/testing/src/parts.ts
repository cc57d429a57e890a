/** A part of a test's own, to be cut off and brought back. */
export interface OwnPart {
  /** Ends it as a loss of power would. */
  kill(): Promise<void>;
  /** Starts it again on the same data and address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface OwnKafka extends OwnPart {
  readonly brokers: readonly string[];
}

export interface OwnValkey extends OwnPart {
  /** `redis://host:port`, or `redis+cluster://host:port,…`. */
  readonly url: string;
}

/** What the process that owns the real parts is asked for over HTTP by the test processes: path → JSON answer. */
export interface PartsAnswers {
  readonly '/kafka': { readonly brokers: readonly string[] };
  readonly '/postgres': { readonly url: string };
  readonly '/database': { readonly url: string };
  readonly '/own-kafka': { readonly id: string; readonly brokers: readonly string[] };
  readonly '/valkey': { readonly url: string };
  readonly '/own-valkey': { readonly id: string; readonly url: string };
  readonly '/own-valkey-cluster': { readonly id: string; readonly url: string };
  readonly '/own/kill': object;
  readonly '/own/restart': object;
  readonly '/own/stop': object;
}

export type PartsRequest = keyof PartsAnswers;

/** Where the process that owns the parts answers; set by Jest's global setup. */
export const PARTS_URL_VARIABLE = 'OFFERSTREAM_TEST_PARTS';
/** What belongs to the run and goes with it; set by Jest's global setup. */
export const FOLDER_VARIABLE = 'OFFERSTREAM_TEST_FOLDER';
/** A Kafka to use instead of one that the tests start; it must allow topics to be made. */
export const KAFKA_VARIABLE = 'OFFERSTREAM_TEST_KAFKA_BROKERS';
/** A PostgreSQL to use instead of one that the tests start; its user must be allowed to create databases. */
export const DATABASE_VARIABLE = 'OFFERSTREAM_TEST_DATABASE_URL';
/** A Valkey, or another server of the Redis protocol, to use instead of one that the tests start. */
export const VALKEY_VARIABLE = 'OFFERSTREAM_TEST_VALKEY_URL';
/** A folder of recorded real data, for tests that need some. */
export const REFERENCE_DATA_VARIABLE = 'OFFERSTREAM_REFERENCE_DATA';
