import type { LoggerService } from '@nestjs/common';
import {
  isTenantId,
  splitKey,
  topicOnBroker,
  type ItemId,
  type TopicName,
  type TopicNaming,
} from '@offerstream/contracts';
import { followTable, type FollowedTable, type Kafka } from '@offerstream/kafka';
import { ZodError } from 'zod';
import type { Catalog } from './catalog.js';
import type { PromotedModels } from './promoted-models.js';
import type { Tenants } from './tenants.js';

export interface Tables {
  readonly tenants: Tenants;
  readonly catalog: Catalog;
  readonly models: PromotedModels;
}

/** Keeps the tables as the compacted topics say. A value that does not fit its schema is reported and left out. */
export const followTables = (
  kafka: Kafka,
  naming: TopicNaming,
  tables: Tables,
  logger: LoggerService,
): Readonly<Record<keyof Tables, FollowedTable>> => {
  const follow = (topic: TopicName, put: (key: string, value: Buffer | null) => boolean): FollowedTable =>
    followTable(kafka, topicOnBroker(topic, naming), {
      onRecord: (key, value) => {
        try {
          if (!put(key, value))
            logger.warn(`${topic}: the key "${key}" is not one of this topic's; the record is left out`, 'tables');
        } catch (error) {
          if (!isDataFault(error)) throw error;
          logger.warn(`${topic}: the value of "${key}" is left out: ${String(error)}`, 'tables');
        }
      },
    });
  return {
    tenants: follow('tenants', (key, value) => {
      if (!isTenantId(key)) return false;
      tables.tenants.put(key, value);
      return true;
    }),
    catalog: follow('catalog', (key, value) => {
      const parts = splitKey(key);
      if (parts === undefined) return false;
      tables.catalog.put(parts.tenant, parts.rest as ItemId, value);
      return true;
    }),
    models: follow('models', (key, value) => {
      if (splitKey(key) === undefined) return false;
      tables.models.put(key, value);
      return true;
    }),
  };
};

const isDataFault = (error: unknown): boolean => error instanceof SyntaxError || error instanceof ZodError;
