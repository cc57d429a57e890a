import { splitKey, type ItemId, type TopicName } from '@offerstream/contracts';
import type { Catalog, OfferableItem, PromotedModels } from '@offerstream/decisioning';
import type { FollowedTable } from '@offerstream/kafka';
import type { TenantTable } from '@offerstream/tenancy';

export interface Tables<Item extends OfferableItem = OfferableItem> {
  readonly tenants: TenantTable;
  readonly catalog: Catalog<Item>;
  readonly models: PromotedModels;
}

/** Follows a topic; `put` returns or throws why a record can't be taken. */
export interface Follower {
  follow(topic: TopicName, put: (key: string, value: Buffer | null) => string | undefined): FollowedTable;
}

/** What rankings are made from, as the compacted topics say. */
export const followTables = <Item extends OfferableItem>(
  follower: Follower,
  { tenants, catalog, models }: Tables<Item>,
): Readonly<Record<keyof Tables, FollowedTable>> => ({
  tenants: follower.follow('tenants', (key, value) => tenants.apply(key, value)),
  catalog: follower.follow('catalog', (key, value) => {
    const parts = splitKey(key);
    if (parts === undefined) return NOT_OF_THIS_TOPIC;
    catalog.put(parts.tenant, parts.rest as ItemId, value);
    return undefined;
  }),
  models: follower.follow('models', (key, value) => {
    if (splitKey(key) === undefined) return NOT_OF_THIS_TOPIC;
    return models.put(key, value);
  }),
});

const NOT_OF_THIS_TOPIC = 'its key is not one of this topic';
