import type { LoggerService } from '@nestjs/common';
import { splitKey, topicOnBroker, type ItemId, type TopicName, type TopicNaming } from '@offerstream/contracts';
import type { Catalog, OfferableItem, PromotedModels } from '@offerstream/decisioning';
import { followTable, type FollowedTable, type Kafka } from '@offerstream/kafka';
import type { TenantTable } from '@offerstream/tenancy';
import { ZodError } from 'zod';

export interface Tables<Item extends OfferableItem = OfferableItem> {
  readonly tenants: TenantTable;
  readonly catalog: Catalog<Item>;
  readonly models: PromotedModels;
}

/**
 * Keeps a table as its compacted topic says. A record that does not fit is reported and left out.
 *
 * @param put takes a record, null for a deletion; returns or throws (ZodError, SyntaxError) why it can't be taken
 */
export const followTopic = (
  kafka: Kafka,
  naming: TopicNaming,
  topic: TopicName,
  put: (key: string, value: Buffer | null) => string | undefined,
  logger: LoggerService,
): FollowedTable =>
  followTable(kafka, topicOnBroker(topic, naming), {
    onRecord: (key, value) => {
      const problem = problemOf(() => put(key, value));
      if (problem !== undefined) logger.warn(`${topic}: the record "${key}" is left out: ${problem}`, 'tables');
    },
  });

/** What rankings are made from, as the compacted topics say. */
export const followTables = <Item extends OfferableItem>(
  kafka: Kafka,
  naming: TopicNaming,
  tables: Tables<Item>,
  logger: LoggerService,
): Readonly<Record<keyof Tables, FollowedTable>> => ({
  tenants: followTopic(kafka, naming, 'tenants', (key, value) => tables.tenants.apply(key, value), logger),
  catalog: followTopic(
    kafka,
    naming,
    'catalog',
    (key, value) => {
      const parts = splitKey(key);
      if (parts === undefined) return NOT_OF_THIS_TOPIC;
      tables.catalog.put(parts.tenant, parts.rest as ItemId, value);
      return undefined;
    },
    logger,
  ),
  models: followTopic(
    kafka,
    naming,
    'models',
    (key, value) => {
      if (splitKey(key) === undefined) return NOT_OF_THIS_TOPIC;
      tables.models.put(key, value);
      return undefined;
    },
    logger,
  ),
});

const NOT_OF_THIS_TOPIC = 'its key is not one of this topic';

const problemOf = (take: () => string | undefined): string | undefined => {
  try {
    return take();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ZodError) return String(error);
    throw error;
  }
};
