/** Closed list of what can go wrong between Offerstream and Kafka; the message of each error says what to do. */
export type KafkaErrorCode =
  | 'KAFKA_UNAVAILABLE'
  | 'PRODUCER_FULL'
  | 'PRODUCER_CLOSED'
  | 'RECORD_REJECTED'
  | 'CONSUMER_STALLED'
  | 'TOPIC_MISSING'
  | 'LOG_REPLACED'
  | 'POSITION_BEYOND_END'
  | 'UNREADABLE_BATCH'
  | 'WIRING';

/** An error of this library. `canRetry`: the same call may succeed later without anybody changing anything. */
export class KafkaError extends Error {
  override readonly name: string = 'KafkaError';

  constructor(
    readonly code: KafkaErrorCode,
    readonly canRetry: boolean,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/**
 * Kafka did not acknowledge within the delivery timeout. The records may or may not have been taken: sending them
 * again can double them, so they need an id that consumers recognise.
 */
export class KafkaUnavailable extends KafkaError {
  override readonly name = 'KafkaUnavailable';

  constructor(message: string, cause?: unknown) {
    super('KAFKA_UNAVAILABLE', true, message, cause);
  }
}

/** The producer's buffer is full: the caller sends faster than Kafka takes. Nothing of the call was taken. */
export class ProducerFull extends KafkaError {
  override readonly name = 'ProducerFull';

  constructor(bufferedBytes: number, maxBufferedBytes: number) {
    super(
      'PRODUCER_FULL',
      true,
      `The producer holds ${bufferedBytes} of ${maxBufferedBytes} bytes that Kafka has not acknowledged; send again later.`,
    );
  }
}

/** Kafka refuses the record itself, for example because it is larger than the topic's max.message.bytes. */
export class RecordRejected extends KafkaError {
  override readonly name = 'RecordRejected';

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly reason: string,
    cause?: unknown,
  ) {
    super('RECORD_REJECTED', false, `Kafka refused a record for ${topic}/${partition}: ${reason}.`, cause);
  }
}

/** An error that no change of Kafka's state can heal; trying again would only hide it. */
export const isBug = (error: unknown): error is Error =>
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof ReferenceError ||
  error instanceof SyntaxError;

/** The name that Kafka's protocol has for an error, for example `REBALANCE_IN_PROGRESS`; undefined for other errors. */
export const protocolErrorOf = (error: unknown): string | undefined => {
  const type: unknown = error instanceof Error ? Reflect.get(error, 'type') : undefined;
  return typeof type === 'string' ? type : undefined;
};

/** Whether an error says that the topic does not exist. */
export const isTopicMissing = (error: unknown): boolean => {
  if (protocolErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return true;
  return error instanceof Error && error.cause !== undefined && isTopicMissing(error.cause);
};
