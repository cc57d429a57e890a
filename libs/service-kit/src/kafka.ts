import type { LoggerService } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicName } from '@offerstream/contracts';
import { createKafka, ensureTopics, isBug, type Kafka, type KafkaLogger } from '@offerstream/kafka';
import type { KafkaConfig } from './config.js';

const TRY_AGAIN_MS = 1_000;

/** Access to Kafka as the service's config says; connects nothing yet. */
export const kafkaFrom = (config: KafkaConfig, clientId: string, logger: LoggerService): Kafka =>
  createKafka({
    brokers: config.brokers,
    clientId,
    naming: config.naming,
    ...(config.tls ? { ssl: true } : {}),
    ...(config.sasl === undefined ? {} : { sasl: config.sasl }),
    logger: logTo(logger),
  });

const logTo =
  (logger: LoggerService): KafkaLogger =>
  (level, message, fields) => {
    const line = Object.keys(fields).length === 0 ? message : `${message} ${JSON.stringify(fields)}`;
    switch (level) {
      case 'error':
        logger.error(line, undefined, 'kafka');
        break;
      case 'warn':
        logger.warn(line, 'kafka');
        break;
      case 'info':
        logger.log(line, 'kafka');
        break;
      case 'debug':
        logger.debug?.(line, 'kafka');
        break;
    }
  };

/**
 * Makes the topics where they are missing; waits for Kafka without end, since a service that starts before its broker is no
 * error. Says once when Kafka keeps records less safely than it could.
 *
 * @param stopping ends the waiting, with the signal's reason
 */
export const topicsWhenKafkaAnswers = async (
  kafka: Kafka,
  topics: readonly TopicName[],
  config: KafkaConfig,
  logger: LoggerService,
  stopping?: AbortSignal,
): Promise<void> => {
  for (;;) {
    try {
      const warnings: string[] = [];
      await ensureTopics(kafka, topics, {
        replicationFactor: config.replicationFactor,
        onWarning: (warning) => warnings.push(warning),
      });
      const [first] = warnings;
      if (first !== undefined)
        logger.warn(warnings.length === 1 ? first : `${first} (So have ${warnings.length - 1} other topics.)`, 'kafka');
      return;
    } catch (error) {
      if (isBug(error)) throw error;
      logger.warn(`waiting for Kafka: ${(error as Error).message}`, 'kafka');
      await sleep(TRY_AGAIN_MS, undefined, stopping === undefined ? {} : { signal: stopping });
    }
  }
};
