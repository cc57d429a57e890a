import { itemHash, offerId, type ItemId, type Placement, type Tenant } from '@offerstream/contracts';
import type { ServingModel } from '@offerstream/decisioning';
import type { Profile } from '@offerstream/profile';
import type { GatewayTables } from '../gateway-tables.js';
import { servingModel } from '../serving-models.js';
import type { Shoppers } from '../shoppers.js';
import { placementOf } from '../the-tenant.js';
import { profileOf } from './asked-history.js';
import type { Explainer, ScoreParts } from './explainer.js';
import { itemExplanation, pastInteractions, type Grounds } from './item-explanation.js';
import type { RankItems } from './rank-items.js';
import type { RankBody, RankResponse } from './rank-schemas.js';
import type {
  ForWhom,
  ItemExplanation,
  RecommendationsBody,
  RecommendationsResponse,
} from './recommendation-schemas.js';
import type { Recommendation, Recommender } from './recommender.js';
import { roundedScore } from './rounded-score.js';

const DEFAULT_LIMIT = 10;

export interface RecommendForParts {
  readonly tables: Pick<GatewayTables, 'models' | 'shop'>;
  readonly shoppers: Pick<Shoppers, 'profile' | 'lastRanking'>;
  readonly recommender: Pick<Recommender, 'recommend'>;
  readonly rankItems: Pick<RankItems, 'rank'>;
  readonly explainer: Pick<Explainer, 'explain'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** One of a kind each time. */
  readonly newMoment: () => string;
  /** Called when a model does not say why. */
  readonly onUnexplained: () => void;
}

/** A request whose names are known. */
export interface Asked<Body extends ForWhom> {
  readonly tenant: Tenant;
  readonly body: Body;
  readonly placement: Placement | undefined;
  readonly model: ServingModel | undefined;
}

/** Rankings for a shopper: a request → its answer. */
export class RecommendFor {
  constructor(private readonly parts: RecommendForParts) {}

  /** @throws Problem `placement-unknown`, `model-unknown` */
  read<Body extends ForWhom>(tenant: Tenant, body: Body): Asked<Body> {
    const placement = body.placement === undefined ? undefined : placementOf(tenant, body.placement);
    const model = servingModel(tenant, this.parts.tables.models, { name: body.model, placement });
    return { tenant, body, placement, model };
  }

  async rank(asked: Asked<RankBody>): Promise<RankResponse> {
    const { tenant, body, model } = asked;
    const { items, context } = body;
    return this.parts.rankItems.rank({ tenant: tenant.id, model, profile: await this.profile(asked), context, items });
  }

  async recommend(asked: Asked<RecommendationsBody>): Promise<RecommendationsResponse> {
    const { tenant, body, placement, model } = asked;
    const { subject, context, exclude, diversity, filters } = body;
    const profile = await this.profile(asked);
    const recommendation = await this.parts.recommender.recommend({
      tenant: tenant.id,
      model,
      profile,
      context,
      slots: body.limit ?? placement?.slots ?? DEFAULT_LIMIT,
      filter: { minPrice: filters.price?.min, maxPrice: filters.price?.max, categories: filters.categories },
      // What the page shows already is not recommended beside it.
      exclude: [...exclude, ...context],
      diversity,
      last: async () =>
        subject === undefined ? undefined : this.parts.shoppers.lastRanking(tenant.id, subject, placement?.id),
    });
    const explanations = body.explain ? await this.explain(asked, profile, recommendation) : undefined;
    return {
      id: this.idOf(asked, recommendation),
      subject: subject ?? null,
      placement: placement?.id ?? null,
      model: recommendation.model ?? null,
      items: recommendation.items.map(({ item, score, strategy }, index) => ({
        item: item.id,
        rank: index + 1,
        score: roundedScore(score),
        strategy,
        ...(body.explain ? { explanation: explanations?.[index] ?? null } : {}),
      })),
    };
  }

  private async profile({ tenant, body }: Asked<ForWhom>): Promise<Profile> {
    const { history, subject } = body;
    return history === undefined && subject !== undefined
      ? this.parts.shoppers.profile(tenant.id, subject)
      : profileOf(tenant.id, history ?? [], this.parts.nowMs());
  }

  private idOf(
    { tenant, body, placement }: Asked<RecommendationsBody>,
    { items, model }: Recommendation,
  ): string | null {
    const [first] = items;
    if (body.subject === undefined || first === undefined) return null;
    return offerId(tenant.id, body.subject, this.parts.newMoment(), {
      placement: placement?.id,
      model,
      strategy: first.strategy,
    });
  }

  /** One explanation an item; undefined where the model does not say why. */
  private async explain(
    { tenant, body }: Asked<RecommendationsBody>,
    profile: Profile,
    { items, model }: Recommendation,
  ): Promise<readonly ItemExplanation[] | undefined> {
    const hashOf = (item: ItemId): bigint => itemHash(tenant.id, item);
    const ranked = items.filter(({ strategy }) => strategy === 'personal').map(({ item }) => hashOf(item.id));
    const explained =
      model === undefined || ranked.length === 0
        ? { parts: [] }
        : await this.parts.explainer.explain({ model, profile, context: body.context.map(hashOf), items: ranked });
    if ('unexplained' in explained) {
      this.parts.onUnexplained();
      return undefined;
    }
    const partsOf = new Map<bigint, ScoreParts | undefined>(
      ranked.map((hash, index) => [hash, explained.parts[index]]),
    );
    const grounds = this.groundsOf(tenant, body, profile);
    return items.map(({ item, score, strategy }) =>
      itemExplanation({ item: item.id, score: roundedScore(score), strategy }, partsOf.get(hashOf(item.id)), grounds),
    );
  }

  private groundsOf(tenant: Tenant, { history = [], context }: RecommendationsBody, profile: Profile): Grounds {
    const shop = this.parts.tables.shop(tenant.id);
    // The request knows the ids of its own items, also of those that the catalog does not have.
    const named = new Map(history.map(({ item }) => [itemHash(tenant.id, item), item]));
    return {
      past: pastInteractions(profile, (hash) => named.get(hash) ?? shop.item(hash)?.id),
      context,
      nameOf: (item) => shop.item(itemHash(tenant.id, item))?.title ?? item,
    };
  }
}
