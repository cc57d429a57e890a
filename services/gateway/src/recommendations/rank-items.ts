import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import type { DescribedItem, ServingModel } from '@offerstream/decisioning';
import type { Profile } from '@offerstream/profile';
import type { GatewayTables } from '../gateway-tables.js';
import { sumOf, type Explainer, type ScoreParts } from './explainer.js';
import type { GatheredRanker } from './gathered-ranker.js';
import type { RankResponse } from './rank-schemas.js';
import { roundedScore } from './rounded-score.js';

/** A list to put in order, and for whom. */
export interface ListToRank {
  readonly tenant: TenantId;
  readonly model: ServingModel | undefined;
  readonly profile: Profile;
  readonly context: readonly ItemId[];
  readonly items: readonly ItemId[];
}

export interface RankItemsParts {
  readonly tables: Pick<GatewayTables, 'shop' | 'models'>;
  readonly explainer: Pick<Explainer, 'explain'>;
  readonly ranker: Pick<GatheredRanker, 'rank'>;
  /** Called when a model did not answer. */
  readonly onDegraded: () => void;
}

type Items = ReadonlyMap<bigint, DescribedItem>;
type Scores = ReadonlyMap<bigint, number>;

/** A given list → its items in the order of a shopper's taste. */
export class RankItems {
  constructor(private readonly parts: RankItemsParts) {}

  async rank(list: ListToRank): Promise<RankResponse> {
    const { tenant, model, profile, context } = list;
    const { offerable, unavailable } = this.split(list);
    const canScore = model !== undefined && offerable.size > 0 && (profile.historyLength > 0 || context.length > 0);
    const hashes = context.map((item) => itemHash(tenant, item));
    const scores = canScore ? await this.scores(list, model, hashes, offerable) : undefined;
    if (canScore && scores === undefined) this.parts.onDegraded();
    return {
      model: scores === undefined || model === undefined ? null : { name: model.name, version: model.version },
      items: inOrder(offerable, scores ?? new Map(), this.parts.tables.models.popularOf(tenant, model?.name)),
      unavailable,
    };
  }

  private split({ tenant, items }: ListToRank): { readonly offerable: Items; readonly unavailable: ItemId[] } {
    const shop = this.parts.tables.shop(tenant);
    const offerable = new Map<bigint, DescribedItem>();
    const unavailable = new Set<ItemId>();
    for (const id of items) {
      const hash = itemHash(tenant, id);
      const item = shop.item(hash);
      if (item?.available === true) offerable.set(hash, item);
      else unavailable.add(id);
    }
    return { offerable, unavailable: [...unavailable] };
  }

  /**
   * The sibling that explains the model scores whatever it is asked about, the model itself only the best: it is asked where there
   * is no sibling, and not where the sibling does not answer, when it would not either.
   */
  private async scores(
    list: ListToRank,
    model: ServingModel,
    context: readonly bigint[],
    offerable: Items,
  ): Promise<Scores | undefined> {
    const items = [...offerable.keys()];
    const explained = await this.parts.explainer.explain({ model, profile: list.profile, context, items });
    if ('unexplained' in explained)
      return explained.unexplained === 'not-found' ? this.bestScores(list, model, context, offerable) : undefined;
    return finite(
      items.flatMap((item, index) => {
        const parts = explained.parts[index];
        return parts === undefined || isUnknown(parts) ? [] : [[item, sumOf(parts)] as const];
      }),
    );
  }

  /** With everything else blocked, the model's best are the best of the list. */
  private async bestScores(
    { tenant, profile, items }: ListToRank,
    model: ServingModel,
    context: readonly bigint[],
    offerable: Items,
  ): Promise<Scores | undefined> {
    const shop = this.parts.tables.shop(tenant);
    const outcome = await this.parts.ranker.rank(
      {
        tenant,
        model,
        restriction: `only ${JSON.stringify(items)}`,
        blocked: () => shop.blockedFor(({ hash }) => offerable.has(hash)),
      },
      { profile, context, exclude: [] },
    );
    if (!('row' in outcome)) return undefined;
    const { ranking, row } = outcome.row;
    const start = row * ranking.depth;
    const best = Array.from(ranking.items.subarray(start, start + ranking.depth));
    return finite(
      best.flatMap((hash, place) =>
        offerable.has(hash) ? [[hash, ranking.scores[start + place] ?? NaN] as const] : [],
      ),
    );
  }
}

/** A graph may score what it masked out with -Infinity, and what it could not compute with NaN. */
const finite = (scores: readonly (readonly [bigint, number])[]): Scores =>
  new Map(scores.filter(([, score]) => Number.isFinite(score)));

const isUnknown = ({ interactions, context, other }: ScoreParts): boolean =>
  other === 0 && interactions.every((part) => part === 0) && context.every((part) => part === 0);

/** By score, then by popularity, then as they were given. */
const inOrder = (offerable: Items, scores: Scores, popular: readonly bigint[]): RankResponse['items'] => {
  const places = new Map(popular.map((hash, place) => [hash, place]));
  return Array.from(offerable, ([hash, { id }]) => ({
    item: id,
    score: scores.get(hash),
    place: places.get(hash) ?? popular.length,
  }))
    .sort((one, other) =>
      one.score === other.score ? one.place - other.place : (other.score ?? -Infinity) - (one.score ?? -Infinity),
    )
    .map(({ item, score }, index) => ({
      item,
      rank: index + 1,
      score: score === undefined ? null : roundedScore(score),
    }));
};
