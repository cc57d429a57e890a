/** A Kafka of a test's own, to be cut off and brought back. */
export interface OwnKafka {
  readonly brokers: readonly string[];
  /** Ends it as a loss of power would. */
  kill(): Promise<void>;
  /** Starts it again on the same data and address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** What the process that owns the real parts is asked for over HTTP by the test processes: path → JSON answer. */
export interface PartsAnswers {
  readonly '/kafka': { readonly brokers: readonly string[] };
  readonly '/postgres': { readonly url: string };
  readonly '/database': { readonly url: string };
  readonly '/own-kafka': { readonly id: string; readonly brokers: readonly string[] };
  readonly '/own-kafka/kill': object;
  readonly '/own-kafka/restart': object;
  readonly '/own-kafka/stop': object;
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
/** A folder of recorded real data, for tests that need some. */
export const REFERENCE_DATA_VARIABLE = 'OFFERSTREAM_REFERENCE_DATA';
