import type { Corpus } from '../text/corpus.js';
import { END } from '../text/vocabulary.js';
import { estimateDiscounts } from './discounts.js';

/** P(word | history) of interpolated modified Kneser-Ney as its definition reads, by enumeration. */
export const kneserNeyByDefinition = (corpus: Corpus, vocabularySize: number, order: number) => {
  const sentences = [...corpus.sentences()].map((sentence) => [END, ...sentence, END]);
  const countsOf = (length: number): Map<string, number> => {
    const seen = new Map<string, string[]>();
    for (const ids of sentences) {
      for (let start = length === 1 ? 1 : 0; start + length <= ids.length; start++) {
        const key = ids.slice(start, start + length).join(' ');
        seen.set(key, [...(seen.get(key) ?? []), String(ids[start - 1])]);
      }
    }
    const occurs = (key: string): boolean => length === order || (length > 1 && key.startsWith(`${END} `));
    return new Map([...seen].map(([key, before]) => [key, occurs(key) ? before.length : new Set(before).size]));
  };
  const levels = Array.from({ length: order }, (_, index) => {
    const counts = countsOf(index + 1);
    return { counts, discounts: estimateDiscounts(Uint32Array.from(counts.values())) };
  });

  const probability = (context: readonly number[], word: number): number => {
    const level = levels[context.length];
    if (level === undefined) throw new Error('a context of at most order - 1 words');
    let total = 0;
    let taken = 0;
    const discount = (count: number): number => level.discounts[Math.min(count, 3) - 1] ?? 0;
    for (let next = 0; next < vocabularySize; next++) {
      const count = level.counts.get([...context, next].join(' ')) ?? 0;
      total += count;
      taken += discount(count);
    }
    const shorter = context.length === 0 ? 1 / vocabularySize : probability(context.slice(1), word);
    if (total === 0) return shorter;
    const count = level.counts.get([...context, word].join(' ')) ?? 0;
    return (count - discount(count) + taken * shorter) / total;
  };
  return (history: readonly number[], word: number): number =>
    probability(order === 1 ? [] : [END, ...history].slice(-(order - 1)), word);
};
