import { SeededRandom } from '@offerstream/autodiff';
import { drawPairs } from './bag-batch.js';
import { TitlePairs } from './title-pairs.js';
import { titleSet } from './title-set.js';

const set = titleSet(['red mug', 'blue lamp', 'green bag', 'vase'], []);
const COUNT = 20_000;
const draw = (pairs: TitlePairs) => drawPairs(pairs, COUNT, new SeededRandom(3).next);
const expectShares = (pairs: TitlePairs): void => {
  const drawn = draw(pairs);
  for (const title of set.titles.keys()) {
    expect(drawn.filter(({ positive }) => positive === title).length / COUNT).toBeCloseTo(pairs.shareOf(title), 1.5);
  }
};

test('half of the pairs are titles of one session, the others parts of the titles that are given', () => {
  const pairs = new TitlePairs(set, {
    titles: [0, 3],
    sessions: [
      [1, 2],
      [1, 2, 3],
    ],
  });
  const drawn = draw(pairs);
  const parts = drawn.filter(({ part }) => part !== undefined);
  expect(parts.length / COUNT).toBeCloseTo(0.5, 1.5);
  // The vase has one word.
  expect(parts.every(({ anchor, positive }) => anchor === 0 && positive === 0)).toBe(true);
  expect(new Set(parts.map(({ part }) => part?.join(' ')))).toEqual(new Set(['red', 'mug']));
  const partners = drawn.filter(({ part }) => part === undefined);
  expect(new Set(partners.map(({ anchor, positive }) => `${anchor} ${positive}`))).toEqual(
    new Set(['1 2', '2 1', '1 3', '3 1', '2 3', '3 2']),
  );
  expectShares(pairs);
  // Each session as likely: 1/4 of all pairs each.
  expect([0, 1, 2, 3].map((title) => pairs.shareOf(title))).toEqual([
    0.5,
    expect.closeTo(0.125 + 0.25 / 3, 9) as number,
    expect.closeTo(0.125 + 0.25 / 3, 9) as number,
    expect.closeTo(0.25 / 3, 9) as number,
  ]);
});

test('some of the parts are misspelt', () => {
  const lamps = titleSet(['blue lampshade'], []);
  const drawn = draw(new TitlePairs(lamps, { titles: [0], sessions: [] }));
  const slips = drawn.filter(({ part }) => part?.[0] !== 'blue' && part?.[0] !== 'lampshade');
  expect(slips.length / COUNT).toBeCloseTo(0.3, 1.5);
});

test('without sessions all pairs are parts, without parts all are of sessions', () => {
  const parts = new TitlePairs(set, { titles: [0, 1], sessions: [] });
  expect(draw(parts).every(({ part }) => part !== undefined)).toBe(true);
  expectShares(parts);
  const partners = new TitlePairs(set, { titles: [3], sessions: [[0, 3]] });
  expect(draw(partners).every(({ part }) => part === undefined)).toBe(true);
  expectShares(partners);
  expect([parts.empty, partners.empty]).toEqual([false, false]);
  expect(new TitlePairs(set, { titles: [3], sessions: [] }).empty).toBe(true);
});
