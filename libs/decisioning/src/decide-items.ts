import type { OfferableItem, Shop } from './catalog.js';
import { chooseItems, type Candidate, type ChosenItem, type Wishes } from './choose-items.js';
import type { StoredRanking } from './stored-rankings.js';

/** One shopper's row of a model's answer. */
export interface RankingRow {
  readonly ranking: {
    /** K */
    readonly depth: number;
    /** [B, K] item hashes, best first, 0 where there are fewer. */
    readonly items: BigInt64Array;
    /** [B, K] */
    readonly scores: Float32Array;
  };
  readonly row: number;
}

export interface Decision<Item extends OfferableItem> extends Wishes<Item> {
  readonly slots: number;
  readonly shop: Shop<Item>;
  /** Undefined when no model could answer. */
  readonly personal: RankingRow | undefined;
  /** What the shopper was offered last in this placement. */
  readonly last: StoredRanking | undefined;
  /** Hashes of the tenant's popular items, best first: see `PromotedModels.popularOf`. */
  readonly popular: readonly bigint[];
}

/** A model's answer and what there is to fall back to → the items to show. Published and on-demand offers are both decided here. */
export const decideItems = <Item extends OfferableItem>(decision: Decision<Item>): ChosenItem<Item>[] => {
  const { slots, shop, personal, last, popular, accepts, reorder } = decision;
  return chooseItems<Item>({
    slots,
    personal: personal === undefined ? undefined : candidates(personal, shop),
    last: () => (last === undefined ? [] : known(last, shop)),
    popular: () => knownPopular(popular, shop),
    accepts,
    reorder,
  });
};

/** The row's items, best first, that the catalog still has. */
function* candidates<Item extends OfferableItem>(
  { ranking, row }: RankingRow,
  shop: Shop<Item>,
): Generator<Candidate<Item>> {
  const end = (row + 1) * ranking.depth;
  for (let at = row * ranking.depth; at < end; at++) {
    const hash = ranking.items[at] ?? 0n;
    if (hash === 0n) return;
    const item = shop.item(hash);
    const score = ranking.scores[at] ?? NaN;
    // A graph may score what it masked out with -Infinity, and what it could not compute with NaN.
    if (item !== undefined && Number.isFinite(score)) yield { item, score };
  }
}

function* known<Item extends OfferableItem>(ranking: StoredRanking, shop: Shop<Item>): Generator<Candidate<Item>> {
  for (const { itemHash, score } of ranking) {
    const item = shop.item(itemHash);
    if (item !== undefined) yield { item, score };
  }
}

function* knownPopular<Item extends OfferableItem>(
  hashes: readonly bigint[],
  shop: Shop<Item>,
): Generator<Candidate<Item>> {
  for (const hash of hashes) {
    const item = shop.item(hash);
    if (item !== undefined) yield { item, score: 0 };
  }
}
