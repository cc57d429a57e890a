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
const textsOf = (ranked: readonly { readonly text: string }[]): string[] => ranked.map(({ text }) => text);

test('what speaks for a completion is added up by weight', () => {
  const completions = [completion('a', { popularity: 2, language: -3 }), completion('b', { popularity: 1 })];
  expect(rankCompletions(completions, 9, undefined, { popularity: 1, language: 0.5, habit: 1 })).toEqual([
    { text: 'b', score: 1 },
    { text: 'a', score: 0.5 },
  ]);
});

test('a freer reading stands behind, equal ones by the alphabet, and no more than are wanted', () => {
  const completions = [completion('c'), completion('a', { reading: 1, popularity: 9 }), completion('b')];
  expect(textsOf(rankCompletions(completions, 9))).toEqual(['b', 'c', 'a']);
  expect(textsOf(rankCompletions(completions, 2))).toEqual(['b', 'c']);
});

test("a shopper's habit: the best item of a title, the mean of titles, the greatest is 1", () => {
  const completions = [
    completion('one', { titles: titles(['1']) }),
    completion('best', { titles: titles(['2', '3']) }),
    completion('mean', { titles: titles(['4'], ['3']) }),
    completion('nobody'),
  ];
  const weights = { popularity: 1, language: 1, habit: 4 };
  for (const scale of [1, 1e-9]) {
    const habit = new Map<ItemId, number>([
      ['1' as ItemId, 10 * scale],
      ['2' as ItemId, 20 * scale],
      ['3' as ItemId, 40 * scale],
    ]);
    expect(rankCompletions(completions, 9, habit, weights)).toEqual([
      { text: 'best', score: 4 },
      { text: 'mean', score: 2 },
      { text: 'one', score: 1 },
      { text: 'nobody', score: 0 },
    ]);
  }
  expect(rankCompletions(completions, 1, new Map(), weights)).toEqual([{ text: 'best', score: 0 }]);
});
