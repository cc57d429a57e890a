export type KafkaSource = 'external' | 'docker' | 'java';

export interface RunningKafka {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly source: KafkaSource;
  /** Resolves when the broker has ended, asked for or not; never for an external one. Made anew by `restart`. */
  readonly ended: () => Promise<void>;
  /** Ends it cleanly; its data stays. An external Kafka is left alone. */
  stop(): Promise<void>;
  /** Ends it as a loss of power would. @throws LocalRunError `not-started-here` for an external one. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port after `stop` or `kill`. */
  restart(): Promise<void>;
}

/** What a data folder remembers of its Kafka: only the same way finds the data again. */
export type KafkaOrigin =
  | { readonly source: 'docker'; readonly clusterId: string; readonly volume: string }
  | { readonly source: 'java'; readonly clusterId: string };
