import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom, throwError, type Observable } from 'rxjs';
import { BatchConsumer, type BatchConsumerOptions, type BatchHandler, type GatheredBatch } from './batch-consumer.js';
import type { Kafka } from './connection.js';
import { KafkaError } from './errors.js';

/**
 * Hands a handler's error on as it is; Nest's own filter puts "Internal server error" in its place. To be set with
 * `@UseFilters(OriginalErrors)` on the controller of a {@link KafkaBatchStrategy}.
 */
@Catch()
export class OriginalErrors implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

export interface KafkaBatchStrategyOptions extends Omit<BatchConsumerOptions, 'handler'> {
  /** What the handler's `@EventPattern` says. Default: the topic. */
  readonly pattern?: string;
  readonly startPositions?: BatchHandler['startPositions'];
  /** Called once with what ended the consumer; the process has to end with a non-zero code. */
  readonly onFatal: (error: Error) => void;
}

/**
 * A Nest microservice around a {@link BatchConsumer}: its one `@EventPattern` handler gets each {@link GatheredBatch},
 * and its errors end the consumer. (Nest turns a handler's error into an Observable, and `handleEvent` resolves all the
 * same; here the Observable is awaited and its error thrown.)
 */
export class KafkaBatchStrategy extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  readonly consumer: BatchConsumer;
  readonly #pattern: string;

  constructor(kafka: Kafka, { pattern, startPositions, onFatal, ...options }: KafkaBatchStrategyOptions) {
    super();
    this.#pattern = pattern ?? options.topic;
    this.consumer = new BatchConsumer(kafka, {
      ...options,
      handler: {
        ...(startPositions === undefined ? {} : { startPositions }),
        handle: (batch) => this.#handle(batch),
      },
    });
    this.consumer.failed.catch((error: unknown) => onFatal(error as Error));
  }

  /** Called by Nest. @throws {KafkaError} `WIRING`, when there is not exactly one handler of the pattern */
  listen(callback: (error?: unknown) => void): void {
    const patterns = [...this.messageHandlers.keys()];
    if (patterns.length !== 1 || patterns[0] !== this.#pattern) {
      callback(
        new KafkaError(
          'WIRING',
          false,
          `Exactly one handler with @EventPattern('${this.#pattern}') must be in the module's controllers; found: ` +
            `${patterns.join(', ') || 'none'}.`,
        ),
      );
      return;
    }
    this.consumer.start();
    callback();
  }

  /** Called by Nest at shutdown: batches in work are finished and committed. */
  close(): Promise<void> {
    return this.consumer.stop();
  }

  /** The server has no events of its own; health is the consumer's. */
  on(): never {
    throw new KafkaError('WIRING', false, 'KafkaBatchStrategy has no events; ask consumer.health().');
  }

  /** Nothing of kafkajs is behind this server. */
  unwrap(): never {
    throw new KafkaError('WIRING', false, 'KafkaBatchStrategy has no client to unwrap; use its consumer.');
  }

  async #handle(batch: GatheredBatch): Promise<void> {
    const handler = this.getHandlerByPattern(this.#pattern);
    if (handler === null) throw new KafkaError('WIRING', false, `No handler for ${this.#pattern}.`);
    try {
      const result: unknown = await handler(batch);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    } catch (error) {
      if (error instanceof Error) throw error;
      throw new KafkaError(
        'WIRING',
        false,
        `The handler of ${this.#pattern} failed and Nest hid its error, which stands in the log; put ` +
          '@UseFilters(OriginalErrors) on its controller.',
        error,
      );
    }
  }
}
