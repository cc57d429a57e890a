import type { ItemId } from '@offerstream/contracts';
import type { Completion } from './suggest-index.js';

/** How much a shopper is drawn to an item, on any scale; 0 or less where that is not at all. */
export type Affinity = (item: ItemId) => number;

/** What is known of who types. */
export interface Typist {
  /** By a model. */
  readonly taste?: Affinity | undefined;
  /** See `habitOf`. */
  readonly habit?: Affinity | undefined;
}

/** How much each of the things that speak for a completion counts. */
export interface SuggestWeights {
  readonly popularity: number;
  readonly language: number;
  /** Of the mean taste for the titles behind it, where the greatest of all completions is 1. */
  readonly taste: number;
  /** The same of habit. */
  readonly habit: number;
}

export interface Suggestion {
  readonly text: string;
  /** As far as `reading` is the same: those of a freer reading stand behind. */
  readonly score: number;
}

/** Fitted by `npm run evaluate -- suggest`. */
export const SUGGEST_WEIGHTS: SuggestWeights = { popularity: 1, language: 0.1, taste: 0.5, habit: 2 };

/** A completion with what speaks for it. */
export interface WeighedCompletion extends Completion {
  /** From 0 to 1, as is habit. */
  readonly taste: number;
  readonly habit: number;
}

/** Best first. */
export const rankCompletions = (
  completions: readonly Completion[],
  limit: number,
  typist: Typist = {},
  weights: SuggestWeights = SUGGEST_WEIGHTS,
): Suggestion[] =>
  weigh(completions, typist)
    .map((completion) => ({ ...completion, score: scoreOf(completion, weights) }))
    .sort((a, b) => a.reading - b.reading || b.score - a.score || (a.text < b.text ? -1 : 1))
    .slice(0, limit)
    .map(({ text, score }) => ({ text, score }));

export const weigh = (completions: readonly Completion[], { taste, habit }: Typist): WeighedCompletion[] => {
  const tastes = relative(completions, taste);
  const habits = relative(completions, habit);
  return completions.map((completion, index) => ({
    ...completion,
    taste: tastes[index] as number,
    habit: habits[index] as number,
  }));
};

export const scoreOf = (completion: WeighedCompletion, weights: SuggestWeights): number =>
  weights.popularity * completion.popularity +
  weights.language * completion.language +
  weights.taste * completion.taste +
  weights.habit * completion.habit;

/** Models have scales of their own. */
const relative = (completions: readonly Completion[], affinity: Affinity = () => 0): number[] => {
  const means = completions.map(({ titles }) => meanOf(titles, affinity));
  const greatest = Math.max(Number.MIN_VALUE, ...means);
  return means.map((mean) => mean / greatest);
};

/** A title is as good as the best of its items. */
const meanOf = (titles: Completion['titles'], affinity: Affinity): number => {
  let sum = 0;
  for (const items of titles) sum += Math.max(0, ...items.map(affinity));
  return sum / Math.max(1, titles.length);
};
