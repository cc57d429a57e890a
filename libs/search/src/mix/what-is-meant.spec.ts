import type { ItemId } from '@offerstream/contracts';
import { whatIsMeant } from './what-is-meant.js';

const found = (...scores: readonly number[]) => scores.map((score, index) => ({ item: `i${index}` as ItemId, score }));

it('a query of which no word is found means something where an item is near it, and then others count, too', () => {
  expect(whatIsMeant([], found(0.4, 0.1))).toEqual(found(0.4, 0.1));
  expect(whatIsMeant([], found(0.39, 0.38))).toEqual([]);
  expect(whatIsMeant([], [])).toEqual([]);
});

it('one of which a word is found means what is nearest, however far', () => {
  expect(whatIsMeant(found(2), found(0.1))).toEqual(found(0.1));
});
