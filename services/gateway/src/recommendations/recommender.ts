import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import {
  acceptedBy,
  categorySimilarity,
  decideItems,
  diversify,
  type ChosenItem,
  type DescribedItem,
  type ItemFilter,
  type ServingModel,
  type StoredRanking,
} from '@offerstream/decisioning';
import type { Profile } from '@offerstream/profile';
import type { GatewayTables } from '../gateway-tables.js';
import { ForbiddenItems } from './forbidden-items.js';
import type { GatheredRanker } from './gathered-ranker.js';

/** For whom and from where items are to be chosen. */
export interface Wish {
  readonly tenant: TenantId;
  /** Undefined where the tenant has none promoted. */
  readonly model: ServingModel | undefined;
  readonly profile: Profile;
  /** What the page or cart shows. */
  readonly context: readonly ItemId[];
  readonly slots: number;
  readonly filter?: Omit<ItemFilter, 'exclude'>;
  readonly exclude?: readonly ItemId[];
  /** 0 to 1, see `diversify`. */
  readonly diversity?: number;
  /** What the shopper was offered last, to stand in for a model that does not answer. */
  readonly last?: () => Promise<StoredRanking | undefined>;
}

export interface Recommendation {
  readonly items: readonly ChosenItem<DescribedItem>[];
  /** The model that ranked, or should have. */
  readonly model: { readonly name: string; readonly version: string } | undefined;
}

export interface RecommenderParts {
  readonly tables: Pick<GatewayTables, 'shop' | 'models'>;
  readonly ranker: Pick<GatheredRanker, 'rank'>;
  /** Called when a model did not answer. */
  readonly onDegraded: () => void;
}

/**
 * Chooses items when they are asked for, by the same model, inputs and decision as the personalizer: for the same state the answer
 * is what was published. A model that does not answer is no error: the last ranking, then popular items, stand in for it.
 */
export class Recommender {
  private readonly forbidden = new ForbiddenItems();

  constructor(private readonly parts: RecommenderParts) {}

  async recommend(wish: Wish): Promise<Recommendation> {
    const { tenant, model, profile, context, slots, filter = {}, exclude = [], diversity = 0 } = wish;
    const shop = this.parts.tables.shop(tenant);
    // A model has nothing to say of a shopper of whom nothing is known: its answer would be the popular items too.
    const canRank = model !== undefined && (profile.historyLength > 0 || context.length > 0);
    const ranked = canRank ? await this.rank(model, wish, filter) : undefined;
    if (canRank && ranked === undefined) this.parts.onDegraded();
    const items = decideItems({
      slots,
      shop,
      personal: ranked?.row,
      last: canRank && ranked === undefined ? await wish.last?.() : undefined,
      popular: this.parts.tables.models.popularOf(tenant, model?.name),
      accepts: acceptedBy({ ...filter, exclude: new Set(exclude) }),
      reorder:
        diversity === 0
          ? undefined
          : (candidates) => diversify(candidates, { diversity, slots, similarity: categorySimilarity }),
    });
    const version = ranked?.version ?? model?.version;
    return {
      items,
      model: model === undefined || version === undefined ? undefined : { name: model.name, version },
    };
  }

  private async rank(model: ServingModel, { tenant, profile, context, exclude = [] }: Wish, filter: ItemFilter) {
    const shop = this.parts.tables.shop(tenant);
    const accepts = acceptedBy(filter);
    const restriction = accepts === undefined ? '' : JSON.stringify(filter);
    const hashes = (items: readonly ItemId[]): bigint[] => items.map((item) => itemHash(tenant, item));
    const outcome = await this.parts.ranker.rank(
      {
        tenant,
        model,
        restriction,
        blocked: () =>
          accepts === undefined ? shop.blocked() : this.forbidden.of(`${tenant}:${restriction}`, shop, accepts),
      },
      { profile, context: hashes(context), exclude: hashes(exclude) },
    );
    return 'row' in outcome ? outcome : undefined;
  }
}
