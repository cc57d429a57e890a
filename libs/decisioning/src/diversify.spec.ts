import { categorySimilarity, diversify } from './diversify.js';

const item = (name: string, ...categories: readonly string[]) => ({ name, categories });
const SHOES = ['Shoes', 'Running'];
const candidates = [
  { item: item('shoe-1', ...SHOES), score: 10 },
  { item: item('shoe-2', ...SHOES), score: 9.9 },
  { item: item('boot', 'Shoes', 'Boots'), score: 9 },
  { item: item('hat', 'Hats'), score: 5 },
  { item: item('scarf'), score: 0 },
];
const names = (diversity: number, slots = 5, of: readonly (typeof candidates)[number][] = candidates) =>
  diversify(of, { diversity, slots, similarity: categorySimilarity }).map((candidate) => candidate.item.name);

describe('diversifying', () => {
  it('leaves the order as it is without diversity, also one that the scores do not give', () => {
    const reversed = [...candidates].reverse();
    expect(names(0, 5, reversed)).toEqual(['scarf', 'hat', 'boot', 'shoe-2', 'shoe-1']);
    expect(names(0, 2)).toEqual(['shoe-1', 'shoe-2']);
  });

  it('weighs relevance against likeness to what was taken', () => {
    // Behind shoe-1 (relevance, likeness): shoe-2 (0.99, 1), boot (0.9, 0.5), hat (0.5, 0), scarf (0, 0).
    expect(names(0.1)).toEqual(['shoe-1', 'shoe-2', 'boot', 'hat', 'scarf']);
    expect(names(0.3)).toEqual(['shoe-1', 'boot', 'shoe-2', 'hat', 'scarf']);
    expect(names(0.5)).toEqual(['shoe-1', 'hat', 'boot', 'scarf', 'shoe-2']);
  });

  it('minds only likeness behind the first at 1, the earlier of equals first', () => {
    expect(names(1)).toEqual(['shoe-1', 'hat', 'scarf', 'boot', 'shoe-2']);
  });

  it('does the same whatever the scores’ scale, and gives the candidates with the scores they had', () => {
    const scaled = candidates.map((candidate) => ({ ...candidate, score: candidate.score * 1e6 - 7 }));
    expect(names(0.5, 5, scaled)).toEqual(names(0.5));
    expect(diversify(candidates, { diversity: 1, slots: 2, similarity: categorySimilarity })[1]).toBe(candidates[3]);
  });

  it('is good for equal scores, for few candidates and for none', () => {
    const equal = candidates.map((candidate) => ({ ...candidate, score: 0 }));
    expect(names(0.5, 2, equal)).toEqual(['shoe-1', 'hat']);
    expect(names(0.5, 9)).toHaveLength(5);
    expect(names(0.5, 9, [])).toEqual([]);
  });
});

describe('the similarity of categories', () => {
  it.each([
    [SHOES, SHOES, 1],
    [SHOES, ['Shoes', 'Boots'], 0.5],
    [SHOES, ['Shoes'], 2 / 3],
    [SHOES, ['Hats', 'Running'], 0],
    [SHOES, [], 0],
    [[], [], 0],
  ])('of %j and %j is %d', (one, other, similarity) => {
    expect(categorySimilarity(item('', ...one), item('', ...other))).toBe(similarity);
    expect(categorySimilarity(item('', ...other), item('', ...one))).toBe(similarity);
  });
});
