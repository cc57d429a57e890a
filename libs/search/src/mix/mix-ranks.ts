import type { ItemId } from '@offerstream/contracts';
import type { ScoredItem } from '../scored-item.js';

export interface RanksToMix {
  /** By the words, best first. */
  readonly lexical: readonly ScoredItem[];
  /** By the meaning, best first. */
  readonly vector: readonly ScoredItem[];
  /** By the look, best first. */
  readonly picture?: readonly ScoredItem[];
  /** How much the shopper is drawn to an item; 0 where nothing is known. */
  readonly affinity?: (item: ItemId) => number;
  /** Items that are wanted. */
  readonly limit: number;
}

/** Items of each ranking that are worth mixing: a shopper's taste orders these. */
export const RETRIEVED = 100;
/** Ranks below this tell little from each other (Cormack et al. 2009). */
const RANK_OFFSET = 60;
/** Words, meaning and look have one vote each. Taste has half of one: it decides between what fits about alike. */
const WEIGHTS = { lexical: 1, vector: 1, picture: 1, taste: 0.5 };

/**
 * One ranking of items found in several ways, by reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): score = Σ weight / (60 + rank).
 * BM25 scores and cosines have no scale in common, nor have the affinities of different models; ranks have. A shopper's taste is the
 * last ranking, of what was found only: it orders, it finds nothing. Of equal ones those come first that have a word of the query.
 */
export const mixRanks = ({ lexical, vector, picture = [], affinity, limit }: RanksToMix): ScoredItem[] => {
  const scores = new Map<ItemId, number>();
  const add = (ranked: readonly ScoredItem[], weight: number): void => {
    let rank = 0;
    for (const [index, { item, score }] of ranked.entries()) {
      // Equal scores share their rank.
      if (score !== ranked[index - 1]?.score) rank = index + 1;
      scores.set(item, (scores.get(item) ?? 0) + weight / (RANK_OFFSET + rank));
    }
  };
  add(lexical, WEIGHTS.lexical);
  add(vector, WEIGHTS.vector);
  add(picture, WEIGHTS.picture);
  if (affinity !== undefined) {
    const drawn = [...scores.keys()].map((item) => ({ item, score: affinity(item) })).filter(({ score }) => score > 0);
    add(drawn.sort(byScore), WEIGHTS.taste);
  }
  const byWords = new Set(lexical.map(({ item }) => item));
  return [...scores]
    .map(([item, score]) => ({ item, score }))
    .sort((a, b) => b.score - a.score || Number(byWords.has(b.item)) - Number(byWords.has(a.item)) || byScore(a, b))
    .slice(0, limit);
};

/** Best first, equal ones by id. */
const byScore = (a: ScoredItem, b: ScoredItem): number => b.score - a.score || (a.item < b.item ? -1 : 1);
