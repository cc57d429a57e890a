import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import { acceptedBy, decideItems, type ChosenItem, type DescribedItem } from '@offerstream/decisioning';
import { Profile } from '@offerstream/profile';
import type { GatewayTables } from '../gateway-tables.js';
import { profileOf } from '../recommendations/asked-history.js';
import type { Recommendation, Recommender } from '../recommendations/recommender.js';
import { roundedScore } from '../recommendations/rounded-score.js';
import { modelOfFamily } from '../serving-models.js';
import { ITEM_UNKNOWN } from '../the-tenant.js';
import type { CHOSEN_BY, ItemList } from './list-schemas.js';

export interface ItemListsParts {
  readonly tables: Pick<GatewayTables, 'shop' | 'models' | 'trends'>;
  readonly recommender: Pick<Recommender, 'recommend'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Lists that are the same for every shopper. */
export class ItemLists {
  constructor(private readonly parts: ItemListsParts) {}

  /** @throws Problem `item-unknown` */
  ensureKnown(tenant: TenantId, item: ItemId): void {
    if (this.parts.tables.shop(tenant).item(itemHash(tenant, item)) === undefined) throw ITEM_UNKNOWN;
  }

  /** What is like the item: by its description where a model knows that, else by who looks at both. */
  async similar(tenant: TenantId, item: ItemId, slots: number): Promise<ItemList> {
    const recommendation = await this.parts.recommender.recommend({
      tenant,
      model: modelOfFamily(tenant, this.parts.tables.models, ['content', 'behaviour']),
      profile: profileOf(tenant, [{ item, action: 'view' }], this.parts.nowMs()),
      context: [],
      slots,
      exclude: [item],
    });
    return rankedList(recommendation);
  }

  /** What is bought with the item: by the orders that both were in where a model knows them, else by what buyers of it do. */
  async boughtTogether(tenant: TenantId, item: ItemId, slots: number): Promise<ItemList> {
    const { models } = this.parts.tables;
    const together = modelOfFamily(tenant, models, ['together']);
    const recommendation = await this.parts.recommender.recommend({
      tenant,
      slots,
      exclude: [item],
      ...(together === undefined
        ? {
            model: modelOfFamily(tenant, models, ['behaviour']),
            profile: profileOf(tenant, [{ item, action: 'purchase' }], this.parts.nowMs()),
            context: [],
          }
        : { model: together, profile: Profile.empty(), context: [item] }),
    });
    return rankedList(recommendation);
  }

  /** What shoppers act on now. @param category path from the general to the special; undefined for all */
  trending(tenant: TenantId, category: readonly string[] | undefined, slots: number): ItemList {
    const { tables, nowMs } = this.parts;
    const shop = tables.shop(tenant);
    const items = decideItems({
      slots,
      shop,
      personal: undefined,
      last: tables.trends
        .top(tenant, nowMs())
        .map(({ item, weight }) => ({ itemHash: itemHash(tenant, item), score: weight })),
      popular: tables.models.popularOf(tenant),
      accepts: acceptedBy({ categories: category === undefined ? undefined : [category] }),
    });
    return { model: null, items: listed(items, 'trends') };
  }
}

const rankedList = ({ items, model }: Recommendation): ItemList => ({
  model: items.some(({ strategy }) => strategy === 'personal') ? (model ?? null) : null,
  items: listed(items, 'model'),
});

/** @param by who chose what is not popular */
const listed = (items: readonly ChosenItem<DescribedItem>[], by: (typeof CHOSEN_BY)[number]): ItemList['items'] =>
  items.map(({ item, score, strategy }, index) => ({
    item: item.id,
    rank: index + 1,
    score: roundedScore(score),
    chosenBy: strategy === 'popular' ? 'popular' : by,
  }));
