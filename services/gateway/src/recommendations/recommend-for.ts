import { offerId, type Placement, type Tenant } from '@offerstream/contracts';
import type { ServingModel } from '@offerstream/decisioning';
import type { Profile } from '@offerstream/profile';
import type { GatewayTables } from '../gateway-tables.js';
import { servingModel } from '../serving-models.js';
import type { Shoppers } from '../shoppers.js';
import { placementOf } from '../the-tenant.js';
import { profileOf } from './asked-history.js';
import type { RecommendationsBody, RecommendationsResponse } from './recommendation-schemas.js';
import type { Recommendation, Recommender } from './recommender.js';

const DEFAULT_LIMIT = 10;

export interface RecommendForParts {
  readonly tables: Pick<GatewayTables, 'models'>;
  readonly shoppers: Pick<Shoppers, 'profile' | 'lastRanking'>;
  readonly recommender: Pick<Recommender, 'recommend'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** One of a kind each time. */
  readonly newMoment: () => string;
}

/** A request whose names are known. */
export interface AskedRecommendations {
  readonly tenant: Tenant;
  readonly body: RecommendationsBody;
  readonly placement: Placement | undefined;
  readonly model: ServingModel | undefined;
}

/** A request for recommendations → its answer. */
export class RecommendFor {
  constructor(private readonly parts: RecommendForParts) {}

  /** @throws Problem `placement-unknown`, `model-unknown` */
  read(tenant: Tenant, body: RecommendationsBody): AskedRecommendations {
    const placement = body.placement === undefined ? undefined : placementOf(tenant, body.placement);
    const model = servingModel(tenant, this.parts.tables.models, { name: body.model, placement });
    return { tenant, body, placement, model };
  }

  async answer(asked: AskedRecommendations): Promise<RecommendationsResponse> {
    const { tenant, body, placement, model } = asked;
    const { subject, context, exclude, diversity, filters } = body;
    const recommendation = await this.parts.recommender.recommend({
      tenant: tenant.id,
      model,
      profile: await this.profile(asked),
      context,
      slots: body.limit ?? placement?.slots ?? DEFAULT_LIMIT,
      filter: { minPrice: filters.price?.min, maxPrice: filters.price?.max, categories: filters.categories },
      exclude,
      diversity,
      last: async () =>
        subject === undefined ? undefined : this.parts.shoppers.lastRanking(tenant.id, subject, placement?.id),
    });
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
      })),
    };
  }

  private async profile({ tenant, body }: AskedRecommendations): Promise<Profile> {
    const { history, subject } = body;
    return history === undefined && subject !== undefined
      ? this.parts.shoppers.profile(tenant.id, subject)
      : profileOf(tenant.id, history ?? [], this.parts.nowMs());
  }

  private idOf({ tenant, body, placement }: AskedRecommendations, { items, model }: Recommendation): string | null {
    const [first] = items;
    if (body.subject === undefined || first === undefined) return null;
    return offerId(tenant.id, body.subject, this.parts.newMoment(), {
      placement: placement?.id,
      model,
      strategy: first.strategy,
    });
  }
}

/** Six decimals, as published offers have them. */
export const roundedScore = (score: number): number => Math.round(score * 1e6) / 1e6;
