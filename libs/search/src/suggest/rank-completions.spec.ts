import type { ItemId } from '@offerstream/contracts';
import { rankCompletions } from './rank-completions.js';
import type { Completion } from './suggest-index.js';

const completion = (text: string, over: Partial<Completion> = {}): Completion => ({
  text,
  reading: 0,
  popularity: 0,
  language: 0,
  titles: [],
  ...over,
});
const titles = (...each: readonly (readonly string[])[]) => each as readonly (readonly ItemId[])[];
const TASTE = { popularity: 1, language: 1, taste: 1, habit: 0 };
const textsOf = (ranked: readonly { readonly text: string }[]): string[] => ranked.map(({ text }) => text);

test('what speaks for a completion is added up by weight', () => {
  const completions = [completion('a', { popularity: 2, language: -3 }), completion('b', { popularity: 1 })];
  expect(rankCompletions(completions, 9, undefined, { popularity: 1, language: 0.5, taste: 1, habit: 1 })).toEqual([
    { text: 'b', score: 1 },
    { text: 'a', score: 0.5 },
  ]);
});

test('a freer reading stands behind, equal ones by the alphabet, and no more than are wanted', () => {
  const completions = [completion('c'), completion('a', { reading: 1, popularity: 9 }), completion('b')];
  expect(textsOf(rankCompletions(completions, 9))).toEqual(['b', 'c', 'a']);
  expect(textsOf(rankCompletions(completions, 2))).toEqual(['b', 'c']);
});

test("a shopper's taste: the best item of a title, the mean of titles, on any scale; dislike is none", () => {
  const affinities: Readonly<Record<string, number>> = { '1': -40, '2': 10, '3': 30 };
  const completions = [
    completion('one', { titles: titles(['1']) }),
    completion('best', { titles: titles(['2', '3']) }),
    completion('mean', { titles: titles(['1'], ['3']) }),
    completion('nobody'),
  ];
  for (const scale of [1, 1e-9]) {
    expect(rankCompletions(completions, 9, { taste: (item) => scale * (affinities[item] ?? 0) }, TASTE)).toEqual([
      { text: 'best', score: 1 },
      { text: 'mean', score: 0.5 },
      { text: 'nobody', score: 0 },
      { text: 'one', score: 0 },
    ]);
  }
  expect(rankCompletions(completions, 1, { taste: () => 0 }, TASTE)).toEqual([{ text: 'best', score: 0 }]);
});

test('habit is weighed in the same way, by its own weight', () => {
  const completions = [completion('new', { titles: titles(['1']) }), completion('again', { titles: titles(['2']) })];
  const habit = (item: ItemId): number => (item === '2' ? 0.4 : 0.2);
  expect(rankCompletions(completions, 9, { habit }, { popularity: 1, language: 1, taste: 1, habit: 2 })).toEqual([
    { text: 'again', score: 2 },
    { text: 'new', score: 1 },
  ]);
});
