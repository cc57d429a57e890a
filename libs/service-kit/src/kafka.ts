import type { LoggerService } from '@nestjs/common';
import { createKafka, type Kafka, type KafkaLogger } from '@offerstream/kafka';
import type { KafkaConfig } from './config.js';

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
