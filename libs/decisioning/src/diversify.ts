import type { Candidate } from './choose-items.js';

export interface Diversity<Item> {
  /** From 0, the order as it is, to 1, items as unlike each other as can be behind the first. */
  readonly diversity: number;
  /** How many are wanted. */
  readonly slots: number;
  /** How alike two items are, from 0 to 1. */
  readonly similarity: (one: Item, other: Item) => number;
}

/**
 * Takes `slots` of the candidates (best first) one by one, each time the one of the greatest
 * `(1 - diversity) * relevance - diversity * (greatest similarity to one already taken)`, the earlier of equals. Relevance is the
 * score, brought to 0..1 within the candidates.
 *
 * Maximal marginal relevance: Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and
 * producing summaries", SIGIR 1998.
 */
export const diversify = <Item>(
  candidates: readonly Candidate<Item>[],
  { diversity, slots, similarity }: Diversity<Item>,
): readonly Candidate<Item>[] => {
  if (diversity === 0) return candidates.slice(0, slots);
  const relevance = relevanceOf(candidates);
  const left = candidates.map((candidate, index) => ({ candidate, relevance: relevance[index] ?? 0, likeness: 0 }));
  const taken: Candidate<Item>[] = [];
  while (taken.length < slots && left.length > 0) {
    let best = 0;
    let bestWorth = -Infinity;
    for (const [index, { relevance, likeness }] of left.entries()) {
      const worth = (1 - diversity) * relevance - diversity * likeness;
      if (worth > bestWorth) [best, bestWorth] = [index, worth];
    }
    const [next] = left.splice(best, 1);
    if (next === undefined) break;
    taken.push(next.candidate);
    for (const other of left)
      other.likeness = Math.max(other.likeness, similarity(next.candidate.item, other.candidate.item));
  }
  return taken;
};

/** Scores as 0..1; where all are equal, all are as relevant as can be. */
const relevanceOf = (candidates: readonly Candidate<unknown>[]): readonly number[] => {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const { score } of candidates) {
    lowest = Math.min(lowest, score);
    highest = Math.max(highest, score);
  }
  return candidates.map(({ score }) => (highest === lowest ? 1 : (score - lowest) / (highest - lowest)));
};

/**
 * How alike two categories are, from 0 to 1: twice the length of what their paths share, by the sum of both lengths. An item
 * without a category is like none.
 *
 * Wu and Palmer, "Verb semantics and lexical selection", ACL 1994.
 */
export const categorySimilarity = (
  one: { readonly categories: readonly string[] },
  other: { readonly categories: readonly string[] },
): number => {
  const [path, otherPath] = [one.categories, other.categories];
  let shared = 0;
  while (shared < path.length && shared < otherPath.length && path[shared] === otherPath[shared]) shared += 1;
  return shared === 0 ? 0 : (2 * shared) / (path.length + otherPath.length);
};
