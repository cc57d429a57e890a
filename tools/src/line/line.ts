import { topicOnBroker, type TopicName } from '@offerstream/contracts';
import { ControlClient, readAdminToken } from '@offerstream/control-client';
import { createKafka, type Kafka } from '@offerstream/kafka';
import { readRunState, RunStateError, type RunState } from '../run-state.js';
import { readLineConfig, type LineConfig } from './config.js';
import { lineFolders } from './line-folders.js';

/** A part of the line can't be reached; the message says which. */
export class LineError extends Error {
  override readonly name = 'LineError';
  readonly code = 'unreachable';
  readonly canRetry = true;

  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/**
 * The line that a program works with: the one that runs on a data folder, or the one that the environment names (`KAFKA_BROKERS`,
 * `COLLECTOR_URL`, `CONTROL_URL` and `CONTROL_TOKEN`, `INFERENCE_ADDRESS`, `MODELS_DIR`).
 */
export class Line {
  #state: Promise<RunState> | undefined;

  constructor(
    readonly dataDir: string,
    readonly config: LineConfig = readLineConfig(),
  ) {}

  /** The personalizers' consumer group. */
  get groupId(): string {
    return this.config.groupId;
  }

  /** @throws RunStateError; LineError when no broker answers */
  async kafka(clientId: string): Promise<Kafka> {
    const { tls, sasl, naming } = this.config.kafka;
    const brokers = this.config.brokers ?? (await this.#running()).addresses.kafka.split(',');
    const kafka = createKafka({
      brokers,
      clientId,
      naming,
      ...(tls ? { ssl: true } : {}),
      ...(sasl === undefined ? {} : { sasl }),
    });
    try {
      await kafka.withAdmin((admin) => admin.listTopics());
    } catch (error) {
      throw new LineError(`Kafka does not answer at ${brokers.join(', ')}. Check that it runs there.`, error);
    }
    return kafka;
  }

  /** An environment may name other parts of a line alone, and none may run. */
  async hasKafka(): Promise<boolean> {
    if (this.config.brokers !== undefined) return true;
    try {
      await this.#running();
      return true;
    } catch (error) {
      if (error instanceof RunStateError) return false;
      throw error;
    }
  }

  /** The topic's name on the broker. */
  topic(name: TopicName): string {
    return topicOnBroker(name, this.config.kafka.naming);
  }

  /** @throws RunStateError */
  async collectorUrl(): Promise<string> {
    return this.config.collector ?? (await this.#running()).addresses.collector;
  }

  /** @throws RunStateError, ControlError */
  async control(): Promise<ControlClient> {
    const { control, controlToken } = this.config;
    const url = control ?? (await this.#running()).addresses.control;
    return new ControlClient({
      url,
      token: controlToken ?? (await readAdminToken((await this.#running()).controlDataDir)),
    });
  }

  /** @throws RunStateError */
  async inferenceAddress(): Promise<string> {
    return this.config.inference ?? (await this.#running()).addresses.inference;
  }

  /** The model repository. @throws RunStateError */
  async modelsDir(): Promise<string> {
    return this.config.modelsDir ?? (await this.#running()).modelsDir;
  }

  /** The model repository, whether the line runs or not. */
  get repository(): string {
    return this.config.modelsDir ?? lineFolders(this.dataDir).models;
  }

  #running(): Promise<RunState> {
    this.#state ??= readRunState(this.dataDir);
    return this.#state;
  }
}
