import type { ItemId } from '@offerstream/contracts';
import { SeededRandom } from '@offerstream/autodiff';
import { randomTitle } from '../random-titles.fixture.js';
import { LexicalIndex, type ItemTexts } from './lexical-index.js';
import { termsOf } from './terms.js';

/** Whether a word is another with one slip behind its first character, by what is left of both without their common beginning and end. */
const isSlipOf = (typed: string, word: string): boolean => {
  let begin = 0;
  while (begin < word.length && typed.charAt(begin) === word.charAt(begin)) begin += 1;
  let end = 0;
  while (end < Math.min(typed.length, word.length) - begin && typed.at(-1 - end) === word.at(-1 - end)) end += 1;
  const [left, right] = [typed, word].map((text) => text.slice(begin, text.length - end)) as [string, string];
  const isSwapped = left.length === 2 && right === left.charAt(1) + left.charAt(0);
  return typed.length >= 4 && begin > 0 && (isSwapped || Math.max(left.length, right.length) <= 1);
};

/** BM25F as its equation says, over all items. */
const scoreAll = (items: ReadonlyMap<ItemId, ItemTexts>, query: string): [ItemId, number][] => {
  const fields = [...items].map(([item, { title, categories = [] }]) => ({
    item,
    fields: [
      { terms: termsOf(title), weight: 2, b: 0.75 },
      { terms: categories.flatMap((category) => termsOf(category)), weight: 1, b: 0.25 },
    ],
  }));
  const meanLength = (field: number): number =>
    fields.reduce((sum, one) => sum + (one.fields[field]?.terms.length ?? 0), 0) / fields.length;
  const means = [0, 1].map(meanLength);
  const words = new Set(fields.flatMap((one) => one.fields.flatMap((field) => field.terms)));
  const typed = [...new Set(termsOf(query))];
  const terms = [
    ...new Set(typed.flatMap((term) => (words.has(term) ? [term] : [...words].filter((word) => isSlipOf(term, word))))),
  ];
  const holding = terms.map((term) => fields.filter((one) => one.fields.some((f) => f.terms.includes(term))).length);
  return fields
    .map(({ item, fields: parts }): [ItemId, number] => {
      const scores = terms.map((term, index) => {
        const occurrences = parts.reduce((sum, { terms: own, weight, b }, field) => {
          const times = own.filter((other) => other === term).length;
          return times === 0 ? sum : sum + (weight * times) / (1 - b + (b * own.length) / (means[field] as number));
        }, 0);
        const n = holding[index] as number;
        return (Math.log(1 + (items.size - n + 0.5) / (n + 0.5)) * occurrences) / (1.2 + occurrences);
      });
      return [item, scores.reduce((sum, score) => sum + score, 0)];
    })
    .filter(([, score]) => score > 0)
    .sort(([, a], [, b]) => b - a);
};

test('as items come, change and go, scores are those of the equation', () => {
  const random = new SeededRandom(8).next;
  const index = new LexicalIndex();
  const items = new Map<ItemId, ItemTexts>();
  for (let step = 0; step < 2400; step++) {
    const item = String(Math.floor(random() ** 2 * 600)) as ItemId;
    if (random() < 0.65) {
      const texts = {
        title: randomTitle(random),
        ...(random() < 0.5 ? { categories: [randomTitle(random), randomTitle(random)] } : {}),
      };
      index.setItem(item, texts);
      items.set(item, texts);
    } else {
      index.removeItem(item);
      items.delete(item);
    }
    if (step % 400 !== 399) continue;
    expect(index.size).toBe(items.size);
    for (const query of ['a', 'b a', 'zzz', ...Array.from({ length: 20 }, () => randomTitle(random))]) {
      const expected = scoreAll(items, query);
      const found = index.search(query, 2000);
      expect(new Set(found.map(({ item: id }) => id))).toEqual(new Set(expected.map(([id]) => id)));
      for (const [rank, { score }] of found.entries()) expect(score).toBeCloseTo(expected[rank]?.[1] as number, 9);
      const scores = found.map(({ score }) => score);
      expect(index.search(query, 3).map(({ score }) => score)).toEqual(scores.slice(0, 3));
    }
  }
});

describe('a query', () => {
  const index = new LexicalIndex();
  index.setItem('light' as ItemId, { title: 'T-LIGHT HOLDER', categories: ['Home', 'Décor'] });
  index.setItem('tins' as ItemId, { title: 'REGENCY SET OF 3 CAKE TINS' });

  test.each([
    ['tlight', ['light']],
    ['t light', ['light']],
    ['decor', ['light']],
    ['REGENCY tins of the holder', ['tins', 'light']],
    ['hodler', ['light']],
  ])('%j finds %j', (query, items) => {
    expect(index.search(query, 5).map(({ item }) => item)).toEqual(items);
  });

  test('of stop words, of nothing or of no known word finds nothing', () => {
    const none = ['', '   ', ' '.repeat(1_000_000), 'of the', '\u0000\u0001', 'x'.repeat(10_000), 'gardening', '!'];
    for (const query of none) expect(index.search(query, 5)).toEqual([]);
  });

  test('wants no item where none is asked for', () => {
    expect(index.search('cake', 0)).toEqual([]);
    expect(new LexicalIndex().search('cake', 5)).toEqual([]);
  });
});

test('an item without words, and one that says a word hundreds of times, are no different', () => {
  const index = new LexicalIndex();
  index.setItem('silent' as ItemId, { title: '!' });
  index.setItem('loud' as ItemId, { title: `${'x-'.repeat(31)}x `.repeat(32), categories: ['y'] });
  for (const query of ['x', 'y']) expect(index.search(query, 5).map(({ item }) => item)).toEqual(['loud']);
  index.removeItem('silent' as ItemId);
  index.removeItem('loud' as ItemId);
  expect([index.size, index.search('x', 5)]).toEqual([0, []]);
});

test('only what is accepted is found, and a search before leaves nothing behind', () => {
  const index = new LexicalIndex();
  for (const item of ['a', 'b', 'c']) index.setItem(item as ItemId, { title: 'red bag' });
  const find = (accepts?: (item: ItemId) => boolean) => index.search('red', 9, accepts).map(({ item }) => item);
  expect(find((item) => item !== 'b')).toEqual(['a', 'c']);
  expect(find()).toEqual(['a', 'b', 'c']);
});

test('it knows the words of its items and those of every text', () => {
  const index = new LexicalIndex();
  index.setItem('a' as ItemId, { title: 'Red t-light', categories: ['Home'] });
  expect(['red', 'the', 'home', 't-light', 'tlight', 'blue', 'red blue'].map((text) => index.knows(text))).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  index.removeItem('a' as ItemId);
  expect(index.knows('red')).toBe(false);
});
