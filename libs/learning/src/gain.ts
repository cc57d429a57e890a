import { randomNumbers } from './random.js';

/** How far one way to answer is above another: the ratio of their means, less 1. */
export interface Gain {
  readonly gain: number;
  /** Where 95 % of the gains lie when the shoppers are drawn anew. */
  readonly interval: readonly [low: number, high: number];
}

/** What a question was answered with by either way. */
export interface Compared {
  /** Number of the shopper: the questions of one have much in common, so that they are drawn together. */
  readonly subject: number;
  readonly ours: number;
  readonly theirs: number;
}

const DRAWS = 2_000;

/** The gain and its percentile interval by the bootstrap over shoppers (Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). */
export const gainOf = (questions: readonly Compared[], seed: number): Gain => {
  const bySubject = new Map<number, { ours: number; theirs: number }>();
  for (const { subject, ours, theirs } of questions) {
    const sums = bySubject.get(subject) ?? { ours: 0, theirs: 0 };
    bySubject.set(subject, sums);
    sums.ours += ours;
    sums.theirs += theirs;
  }
  const shoppers = [...bySubject.values()];
  const random = randomNumbers(seed);
  const drawn = Array.from({ length: DRAWS }, () =>
    ratio(shoppers.map(() => shoppers[Math.floor(random() * shoppers.length)] as { ours: number; theirs: number })),
  ).sort((a, b) => a - b);
  const at = (share: number): number => drawn[Math.floor(share * (DRAWS - 1))] as number;
  return { gain: ratio(shoppers), interval: [at(0.025), at(0.975)] };
};

const ratio = (sums: readonly { readonly ours: number; readonly theirs: number }[]): number =>
  sums.reduce((sum, { ours }) => sum + ours, 0) / sums.reduce((sum, { theirs }) => sum + theirs, 0) - 1;
