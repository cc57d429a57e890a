import type { Habit } from './habit.js';
import type { Completion } from './suggest-index.js';

/** How much each of the things that speak for a completion counts. */
export interface SuggestWeights {
  readonly popularity: number;
  readonly language: number;
  /** Of the mean habit of the titles behind it, where the greatest of all completions is 1. */
  readonly habit: number;
}

export interface Suggestion {
  readonly text: string;
  /** As far as `reading` is the same: those of a freer reading stand behind. */
  readonly score: number;
}

/** Fitted by `npm run evaluate -- suggest`. */
export const SUGGEST_WEIGHTS: SuggestWeights = { popularity: 1, language: 0.1, habit: 2 };
const NOBODY: Habit = new Map();

/** A completion with what speaks for it. */
export interface WeighedCompletion extends Completion {
  /** From 0 to 1. */
  readonly habit: number;
}

/** Best first. */
export const rankCompletions = (
  completions: readonly Completion[],
  limit: number,
  habit: Habit = NOBODY,
  weights: SuggestWeights = SUGGEST_WEIGHTS,
): Suggestion[] =>
  weigh(completions, habit)
    .map((completion) => ({ ...completion, score: scoreOf(completion, weights) }))
    .sort((a, b) => a.reading - b.reading || b.score - a.score || (a.text < b.text ? -1 : 1))
    .slice(0, limit)
    .map(({ text, score }) => ({ text, score }));

export const weigh = (completions: readonly Completion[], habit: Habit): WeighedCompletion[] => {
  const habits = completions.map(({ titles }) => meanHabit(titles, habit));
  const greatest = Math.max(Number.MIN_VALUE, ...habits);
  return completions.map((completion, index) => ({ ...completion, habit: (habits[index] as number) / greatest }));
};

export const scoreOf = (completion: WeighedCompletion, weights: SuggestWeights): number =>
  weights.popularity * completion.popularity +
  weights.language * completion.language +
  weights.habit * completion.habit;

/** A title is as good as the best of its items. */
const meanHabit = (titles: Completion['titles'], habit: Habit): number => {
  if (habit.size === 0) return 0;
  let sum = 0;
  for (const items of titles) sum += Math.max(...items.map((item) => habit.get(item) ?? 0));
  return sum / Math.max(1, titles.length);
};
