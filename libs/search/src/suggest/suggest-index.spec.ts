import type { ItemId } from '@offerstream/contracts';
import { SeededRandom } from '@offerstream/autodiff';
import { randomTitle } from '../random-titles.fixture.js';
import { SuggestIndex, type SuggestOptions, type SuggestRequest } from './suggest-index.js';

const NOW_MS = 1_000_000;
const DAY_MS = 86_400_000;
const POPULARITY_ALONE = { popularity: 1, language: 0, taste: 0 };

const indexWith = (titles: readonly string[], options: Partial<SuggestOptions> = {}): SuggestIndex => {
  const index = new SuggestIndex({ scoreWords: () => 0, weights: POPULARITY_ALONE, ...options });
  for (const title of titles) index.setItem(title as ItemId, title);
  return index;
};
const count = (index: SuggestIndex, query: string, times: number, atMs = NOW_MS): void => {
  for (let time = 0; time < times; time++) index.count(query, atMs);
};
const suggest = (index: SuggestIndex, typed: string, request: Partial<SuggestRequest> = {}): string[] =>
  index.suggest(typed, { limit: 5, atMs: NOW_MS, ...request }).map(({ text }) => text);

describe('what completes a text', () => {
  const index = indexWith([
    'LUNCH BAG RED RETROSPOT',
    'LUNCH BAG CARS BLUE',
    'JUMBO BAG RED RETROSPOT',
    'WHITE HANGING HEART T-LIGHT HOLDER',
    'CRÈME BRÛLÉE BOWL',
  ]);

  test('titles, and phrases that several go on with', () => {
    expect(suggest(index, 'lun').sort()).toEqual(['lunch bag', 'lunch bag cars blue', 'lunch bag red retrospot']);
  });

  test('a title from an inner word on, without the phrases that always go on in the same way', () => {
    expect(suggest(index, 'hea')).toEqual(['heart t-light holder']);
    expect(suggest(index, 't-l')).toEqual(['t-light holder']);
    expect(suggest(index, 'red r')).toEqual(['red retrospot']);
  });

  test('case and accents do not matter, and are shown as the title has them, in lower case', () => {
    expect(suggest(index, 'CREME')).toEqual(['crème brûlée bowl']);
    expect(suggest(index, 'brûl')).toEqual(['brûlée bowl']);
    expect(suggest(index, 'Retrospöt l')).toContain('retrospöt lunch bag red');
  });

  test('a space ends the word', () => {
    expect(suggest(index, 'lunch ')).toContain('lunch bag cars blue');
    expect(suggest(index, 'lunc ')).toEqual(suggest(index, 'lunch '));
    expect(suggest(index, 'retrospot ')).toEqual([]);
  });

  test('the last word beside the others in any order, which are not said twice', () => {
    expect(suggest(index, 'retrospot lun')).toEqual(['retrospot lunch bag red']);
    expect(suggest(index, 'red lun')).toEqual(['red lunch bag']);
    expect(suggest(index, 'blue jum')).toEqual([]);
  });

  test.each(['lnch', 'lunhc', 'lumch', 'luunch', 'luncg'])('%s has one edit', (typed) => {
    expect(suggest(index, typed)).toContain('lunch bag');
  });

  test('an edit anywhere in what was typed, and beside other words', () => {
    expect(suggest(index, 'lunhc bag r')).toEqual(['lunch bag red retrospot']);
    expect(suggest(index, 'retrospot lnch')).toEqual(['retrospot lunch bag red']);
    expect(suggest(index, 'lxnxh')).toEqual([]);
  });

  test('what was typed as it stands goes before what needs an edit', () => {
    const edits = indexWith(['lunch bag', 'lunco pot']);
    count(edits, 'lunco pot', 50);
    expect(suggest(edits, 'lunch')).toEqual(['lunch bag', 'lunco pot']);
  });

  test('nothing completes nothing', () => {
    for (const typed of [
      '',
      ' ',
      '\u0000\u0007',
      ' '.repeat(1_000_000),
      '!?',
      'x'.repeat(10_000),
      'a '.repeat(100_000),
    ]) {
      expect(suggest(index, typed)).toEqual([]);
    }
  });

  test('a title beyond what is kept of it is found by its start', () => {
    const long = indexWith([`start ${'word '.repeat(500)}`, 'y'.repeat(10_000)]);
    expect(suggest(long, 'sta')[0]).toMatch(/^start word/u);
    expect(suggest(long, 'yyy')[0]).toMatch(/^y{64}$/u);
    expect(long.size).toBe(2);
  });
});

describe('what comes first', () => {
  test('what was counted more often, and what was counted lately', () => {
    const index = indexWith(['red bag', 'red box', 'red cup'], { halfLifeMs: DAY_MS });
    count(index, 'Red Box', 4, NOW_MS);
    count(index, 'red cup', 3, NOW_MS);
    expect(suggest(index, 'red', { atMs: NOW_MS })).toEqual(['red box', 'red cup', 'red bag']);
    index.count('red cup', NOW_MS + DAY_MS);
    expect(suggest(index, 'red', { atMs: NOW_MS + DAY_MS })).toEqual(['red cup', 'red box', 'red bag']);
  });

  test('by the language model, word by word as they are shown', () => {
    const asked: string[] = [];
    const index = indexWith(['café bag', 'café cup'], {
      weights: { popularity: 0, language: 1, taste: 0 },
      scoreWords: (words) => {
        asked.push(words.join('|'));
        return words.includes('cup') ? -1 : -2;
      },
    });
    expect(suggest(index, 'caf')).toEqual(['café cup', 'café', 'café bag']);
    expect(asked.sort()).toEqual(['café', 'café|bag', 'café|cup']);
  });

  test("by the shopper's taste for what is behind: the best item of a title, the mean of a phrase's titles", () => {
    const index = indexWith([], { weights: { popularity: 1, language: 0, taste: 1 } });
    index.setItem('1' as ItemId, 'red bag');
    index.setItem('2' as ItemId, 'red box');
    index.setItem('3' as ItemId, 'red box');
    count(index, 'red bag', 5);
    const affinity = (item: ItemId): number => ({ '1': -1, '2': 0, '3': 3 })[item as string] ?? 0;
    expect(suggest(index, 'red b')).toEqual(['red bag', 'red box']);
    expect(suggest(index, 'red b', { affinity })).toEqual(['red box', 'red bag']);
    const [best] = index.suggest('red bo', { limit: 1, atMs: NOW_MS, affinity });
    expect(suggest(index, 're', { affinity })).toEqual(['red box', 'red', 'red bag']);
    // Standing in a title is worth next to nothing beside it.
    expect(best).toEqual({ text: 'red box', score: expect.closeTo(3, 1) as number, reading: 0 });
  });

  test('where more match than are looked at, common phrases are found all the same', () => {
    const index = indexWith(Array.from({ length: 3000 }, (_, i) => `bag ${i % 3 === 0 ? 'x' : 'leather'} ${i}`));
    expect(suggest(index, 'bag', { limit: 64 })).toEqual(expect.arrayContaining(['bag leather', 'bag x']));
  });
});

describe("shoppers' own queries", () => {
  test('are shown when three asked, and no longer when that is long ago', () => {
    const index = indexWith(['red bag'], { halfLifeMs: DAY_MS });
    count(index, 'Retro gifts', 2);
    expect(suggest(index, 're')).toEqual(['red bag']);
    count(index, 'retro GIFTS', 1);
    expect(suggest(index, 're')).toEqual(['retro gifts', 'red bag']);
    expect(suggest(index, 're', { atMs: NOW_MS + DAY_MS })).toEqual(['red bag']);
  });

  test('are bounded: the least counted ones go, titles stay', () => {
    const titles = Array.from({ length: 200 }, (_, i) => `kept ${i} title`);
    const index = indexWith(titles, { maxQueries: 100 });
    count(index, 'asked often', 5);
    for (let i = 0; i < 99; i++) index.count(`query ${i}`, NOW_MS);
    expect(index.size).toBe(300);
    for (let i = 99; i < 1000; i++) index.count(`query ${i}`, NOW_MS);
    expect(index.size).toBeLessThanOrEqual(300);
    expect(suggest(index, 'aske')).toEqual(['asked often']);
    for (const title of titles) expect(suggest(index, title.slice(0, -4))).toContain(title);
  });
});

describe('as the catalog changes', () => {
  test('a title is found at once, and its old one no longer', () => {
    const index = indexWith(['red bag']);
    index.setItem('new' as ItemId, 'red lamp');
    expect(suggest(index, 'red l')[0]).toBe('red lamp');
    index.setItem('new' as ItemId, 'red chair');
    expect(suggest(index, 'red ')).toEqual(['red bag', 'red chair']);
    index.setItem('new' as ItemId, '!');
    index.removeItem('red bag' as ItemId);
    index.removeItem('red bag' as ItemId);
    index.removeItem('new' as ItemId);
    expect([suggest(index, 'red '), index.size]).toEqual([[], 0]);
    index.setItem('1' as ItemId, 'red pot');
    index.setItem('2' as ItemId, 'red tin');
    expect(suggest(index, 'red ')).toEqual(['red pot', 'red tin']);
  });

  test('a title that is gone stays as a query where it was asked for', () => {
    const index = indexWith(['red bag', 'red cup']);
    count(index, 'red bag', 3);
    index.removeItem('red bag' as ItemId);
    index.removeItem('red cup' as ItemId);
    expect(suggest(index, 'red')).toEqual(['red bag']);
  });

  test('after any changes it says what an index made of the outcome says', () => {
    const random = new SeededRandom(6).next;
    const index = indexWith([]);
    const titles = new Map<ItemId, string>();
    const counted: string[] = [];
    for (let step = 0; step < 1500; step++) {
      const item = String(Math.floor(random() * 40)) as ItemId;
      const choice = random();
      if (choice < 0.5) {
        const title = randomTitle(random);
        index.setItem(item, title);
        titles.set(item, title);
      } else if (choice < 0.7) {
        index.removeItem(item);
        titles.delete(item);
      } else {
        const query = random() < 0.5 ? randomTitle(random) : (titles.get(item) ?? 'a');
        index.count(query, NOW_MS);
        counted.push(query);
      }
    }
    const fresh = indexWith([]);
    for (const [item, title] of titles) fresh.setItem(item, title);
    for (const query of counted) fresh.count(query, NOW_MS);
    expect(index.size).toBe(fresh.size);
    const affinity = (item: ItemId): number => Number(item) / 100;
    for (const typed of ['a', 'b', 'ab', 'a b', 'ba a', 'c ', 'abcd', ...[...titles.values()].slice(0, 60)]) {
      const request = { limit: 100, atMs: NOW_MS, affinity };
      expect(index.suggest(typed, request)).toEqual(fresh.suggest(typed, request));
    }
  });

  test('whole texts that were counted are all found, by their counts', () => {
    const random = new SeededRandom(7).next;
    const index = indexWith([]);
    const counts = new Map<string, number>();
    for (let step = 0; step < 400; step++) {
      const title = randomTitle(random);
      if (!counts.has(title)) index.setItem(title as ItemId, title);
      const times = Math.floor(random() * 8);
      count(index, title, times);
      counts.set(title, (counts.get(title) ?? 0) + times);
    }
    for (const prefix of ['a', 'b', 'ab', 'aab', 'c', 'd', 'ba']) {
      const found = index.completions(prefix, { limit: 1, atMs: NOW_MS });
      const expected = [...counts]
        .filter(([title, times]) => title.startsWith(prefix) && title !== prefix && times > 0)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 10);
      for (const [title, times] of expected) {
        const popularity = found.find(({ text }) => text === title)?.popularity;
        expect(popularity).toBeGreaterThanOrEqual(Math.log1p(times));
      }
    }
  });
});
