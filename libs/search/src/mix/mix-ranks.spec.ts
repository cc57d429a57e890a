import type { ItemId } from '@offerstream/contracts';
import { mixRanks } from './mix-ranks.js';

const ranked = (...items: readonly string[]) =>
  items.map((item, index) => ({ item: item as ItemId, score: 100 - index }));
const idsOf = (mixed: readonly { item: ItemId }[]): string[] => mixed.map(({ item }) => item);

test('what both found comes before what one found', () => {
  const mixed = mixRanks({ lexical: ranked('a', 'b', 'c'), vector: ranked('d', 'c', 'e'), limit: 10 });
  expect(mixed[0]).toEqual({ item: 'c', score: 1 / 63 + 1 / 62 });
  expect(idsOf(mixed)).toEqual(['c', 'a', 'd', 'b', 'e']);
  expect(mixRanks({ lexical: ranked('a', 'b', 'c'), vector: ranked('d', 'c', 'e'), limit: 2 })).toEqual(
    mixed.slice(0, 2),
  );
});

test('what looks alike counts as much as what means alike', () => {
  const parts = { lexical: ranked('a', 'b'), limit: 9 };
  expect(mixRanks({ ...parts, vector: [], picture: ranked('b', 'c') })).toEqual(
    mixRanks({ ...parts, vector: ranked('b', 'c') }),
  );
});

test('one of them alone keeps its order, and nothing gives nothing', () => {
  expect(idsOf(mixRanks({ lexical: ranked('c', 'b', 'a'), vector: [], limit: 9 }))).toEqual(['c', 'b', 'a']);
  expect(idsOf(mixRanks({ lexical: [], vector: ranked('c', 'b', 'a'), limit: 9 }))).toEqual(['c', 'b', 'a']);
  expect(mixRanks({ lexical: [], vector: [], affinity: () => 1, limit: 9 })).toEqual([]);
});

test('equal scores share their rank', () => {
  const lexical = ['a', 'b', 'c'].map((item, index) => ({ item: item as ItemId, score: index < 2 ? 5 : 4 }));
  expect(mixRanks({ lexical, vector: [], limit: 9 }).map(({ score }) => score)).toEqual([1 / 61, 1 / 61, 1 / 63]);
});

test('of what is found as well by its words and by its meaning, the words come first', () => {
  expect(idsOf(mixRanks({ lexical: ranked('z'), vector: ranked('a'), limit: 9 }))).toEqual(['z', 'a']);
  expect(idsOf(mixRanks({ lexical: [], vector: [...ranked('z'), ...ranked('a')], limit: 9 }))).toEqual(['a', 'z']);
});

test('taste orders what was found and finds nothing; no taste and dislike order nothing', () => {
  const lexical = ranked('a', 'b', 'c');
  const affinities: Record<string, number> = { b: 0.1, c: 0.7, z: 9, a: -1 };
  const mixed = mixRanks({ lexical, vector: [], affinity: (item) => affinities[item] ?? 0, limit: 9 });
  expect(new Map(mixed.map(({ item, score }) => [item, score]))).toEqual(
    new Map([
      ['a', 1 / 61],
      ['b', 1 / 62 + 0.5 / 62],
      ['c', 1 / 63 + 0.5 / 61],
    ]),
  );
  expect(idsOf(mixed)).toEqual(['b', 'c', 'a']);
  expect(mixRanks({ lexical, vector: [], affinity: () => 0, limit: 9 })).toEqual(
    mixRanks({ lexical, vector: [], limit: 9 }),
  );
});
