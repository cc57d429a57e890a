import type { ItemId } from '@offerstream/contracts';
import type { Completion } from './suggest-index.js';

/** How much a shopper is drawn to an item, on any scale; 0 or less where that is not at all. */
export type Affinity = (item: ItemId) => number;

/** How much each of the things that speak for a completion counts. */
export interface SuggestWeights {
  readonly popularity: number;
  readonly language: number;
  /** Of the mean affinity to the titles behind it, where the greatest of all completions is 1. */
  readonly taste: number;
}

export interface Suggestion {
  readonly text: string;
  /** As far as `reading` is the same: those of a freer reading stand behind. */
  readonly score: number;
}

/** Fitted by `npm run evaluate -- suggest`. */
export const SUGGEST_WEIGHTS: SuggestWeights = { popularity: 1, language: 0, taste: 0 };

/** A completion with what speaks for it, each on its own scale. */
export interface WeighedCompletion extends Completion {
  /** Relative to the greatest of all completions, from 0 to 1. */
  readonly taste: number;
}

/** Best first. */
export const rankCompletions = (
  completions: readonly Completion[],
  limit: number,
  affinity: Affinity = () => 0,
  weights: SuggestWeights = SUGGEST_WEIGHTS,
): Suggestion[] =>
  withTastes(completions, affinity)
    .map((completion) => ({ ...completion, score: scoreOf(completion, weights) }))
    .sort((a, b) => a.reading - b.reading || b.score - a.score || (a.text < b.text ? -1 : 1))
    .slice(0, limit)
    .map(({ text, score }) => ({ text, score }));

export const withTastes = (completions: readonly Completion[], affinity: Affinity): WeighedCompletion[] => {
  const tastes = completions.map(({ titles }) => tasteFor(titles, affinity));
  const greatest = Math.max(Number.MIN_VALUE, ...tastes);
  return completions.map((completion, index) => ({ ...completion, taste: (tastes[index] as number) / greatest }));
};

export const scoreOf = ({ popularity, language, taste }: WeighedCompletion, weights: SuggestWeights): number =>
  weights.popularity * popularity + weights.language * language + weights.taste * taste;

/** A title is as good as the best of its items. */
const tasteFor = (titles: Completion['titles'], affinity: Affinity): number => {
  let sum = 0;
  for (const items of titles) sum += Math.max(0, ...items.map(affinity));
  return sum / Math.max(1, titles.length);
};
