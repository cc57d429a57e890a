import type { ItemId } from '@offerstream/contracts';
import { SeededRandom } from '@offerstream/autodiff';
import { randomTitle } from '../random-titles.fixture.js';
import { rankCompletions } from './rank-completions.js';
import { SuggestIndex, type SuggestOptions } from './suggest-index.js';

const indexWith = (titles: readonly string[], options: Partial<SuggestOptions> = {}): SuggestIndex => {
  const index = new SuggestIndex({ scoreWords: () => 0, ...options });
  for (const title of titles) index.setItem(title as ItemId, title);
  return index;
};
const POPULARITY_ALONE = { popularity: 1, language: 0, habit: 0 };
const suggest = (index: SuggestIndex, typed: string, limit = 5, weights = POPULARITY_ALONE): string[] =>
  rankCompletions(index.completions(typed, limit), limit, undefined, weights).map(({ text }) => text);

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

  test('beside a rare word as beside a common one', () => {
    const bags = Array.from({ length: 50 }, (_, number) => `canvas bag n${number} bag`);
    const shop = indexWith([...bags, 'walnut canvas', 'canvassed walnut bagel']);
    expect(suggest(shop, 'n7 ba', 1)).toEqual(['n7 bag']);
    expect(suggest(shop, 'walnut can', 2)).toEqual(['walnut canvas', 'walnut canvassed']);
    expect(suggest(shop, 'bag can', 50)).toContain('bag canvas');
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
    edits.setItemCount('lunco pot' as ItemId, 50);
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
  test('what is wanted and searched for more often', () => {
    const index = indexWith(['red bag', 'red box', 'red cup']);
    index.setItemCount('red box' as ItemId, 4);
    index.setItemCount('red cup' as ItemId, 3);
    expect(suggest(index, 'red')).toEqual(['red box', 'red cup', 'red bag']);
    index.setSearches('Red Cup', 2);
    expect(suggest(index, 'red')).toEqual(['red cup', 'red box', 'red bag']);
    index.setSearches('red cup', 0);
    index.setItemCount('red box' as ItemId, 0);
    expect(suggest(index, 'red')).toEqual(['red cup', 'red bag', 'red box']);
  });

  test('an item may be wanted before its title is known', () => {
    const index = indexWith(['red bag']);
    index.setItemCount('box' as ItemId, 4);
    index.setItem('box' as ItemId, 'red box');
    expect(suggest(index, 'red b')).toEqual(['red box', 'red bag']);
  });

  test('by the language model, word by word as they are shown, and by another one once there is one', () => {
    const asked: string[] = [];
    const index = indexWith(['café bag', 'café cup'], {
      scoreWords: (words) => {
        asked.push(words.join('|'));
        return words.includes('cup') ? -1 : -2;
      },
    });
    const LANGUAGE_ALONE = { popularity: 0, language: 1, habit: 0 };
    expect(suggest(index, 'caf', 5, LANGUAGE_ALONE)).toEqual(['café cup', 'café', 'café bag']);
    expect(asked.sort()).toEqual(['café', 'café|bag', 'café|cup']);
    index.setScorer((words) => (words.includes('bag') ? -1 : -2));
    expect(suggest(index, 'caf', 5, LANGUAGE_ALONE)[0]).toBe('café bag');
  });

  test('behind a completion are the items of its titles', () => {
    const index = indexWith([]);
    index.setItem('1' as ItemId, 'red bag');
    index.setItem('2' as ItemId, 'red box');
    index.setItem('3' as ItemId, 'red box');
    index.setSearches('red boat', 5);
    const titlesOf = (typed: string, completion: string) =>
      index.completions(typed, 5).find(({ text }) => text === completion)?.titles;
    expect(titlesOf('red b', 'red box')).toEqual([['2', '3']]);
    expect(titlesOf('re', 'red')).toEqual(expect.arrayContaining([['1'], ['2', '3']]));
    expect(titlesOf('red b', 'red boat')).toEqual([]);
  });

  test('where more match than are looked at, common phrases are found all the same', () => {
    const index = indexWith(Array.from({ length: 3000 }, (_, i) => `bag ${i % 3 === 0 ? 'x' : 'leather'} ${i}`));
    expect(suggest(index, 'bag', 64)).toEqual(expect.arrayContaining(['bag leather', 'bag x']));
  });
});

describe("shoppers' own queries", () => {
  test('are shown until they are forgotten', () => {
    const index = indexWith(['red bag']);
    index.setSearches('Retro gifts', 2);
    expect(suggest(index, 're')).toEqual(['retro gifts', 'red bag']);
    index.setSearches('retro GIFTS', 0);
    index.setSearches('unknown', 0);
    expect([suggest(index, 're'), index.size]).toEqual([['red bag'], 1]);
  });

  test('have only words that may be shown', () => {
    const index = indexWith(['red bag'], { mayShow: (word) => word !== 'anna' });
    index.setSearches('red anna', 9);
    index.setSearches('red gift for anna', 9);
    index.setSearches('red gift', 3);
    expect(suggest(index, 'red')).toEqual(['red gift', 'red bag']);
    expect(suggest(index, 'ann')).toEqual([]);
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
    index.setSearches('red bag', 3);
    index.removeItem('red bag' as ItemId);
    index.removeItem('red cup' as ItemId);
    expect(suggest(index, 'red')).toEqual(['red bag']);
  });

  test('after any changes it says what an index made of the outcome says', () => {
    const random = new SeededRandom(6).next;
    const index = indexWith([]);
    const titles = new Map<ItemId, string>();
    const searches = new Map<string, number>();
    const wanted = new Map<ItemId, number>();
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
      } else if (choice < 0.8) {
        const count = Math.floor(random() * 3);
        index.setItemCount(item, count);
        wanted.set(item, count);
      } else {
        const query = random() < 0.5 ? randomTitle(random) : (titles.get(item) ?? 'a');
        const count = Math.floor(random() * 3);
        index.setSearches(query, count);
        searches.set(query, count);
      }
    }
    const fresh = indexWith([]);
    for (const [item, title] of titles) fresh.setItem(item, title);
    for (const [query, count] of searches) fresh.setSearches(query, count);
    for (const [item, count] of wanted) fresh.setItemCount(item, count);
    expect(index.size).toBe(fresh.size);
    const habit = new Map([...titles.keys()].map((item) => [item, Number(item) / 100]));
    const weights = { popularity: 1, language: 0, habit: 1 };
    for (const typed of ['a', 'b', 'ab', 'a b', 'ba a', 'c ', 'abcd', ...[...titles.values()].slice(0, 60)]) {
      const [found, expected] = [index, fresh].map((each) =>
        rankCompletions(each.completions(typed, 100), 100, habit, weights),
      );
      expect(found).toEqual(expected);
    }
  });

  test('whole texts that were counted are all found, by their counts', () => {
    const random = new SeededRandom(7).next;
    const index = indexWith([]);
    const counts = new Map<string, number>();
    for (let step = 0; step < 400; step++) {
      const title = randomTitle(random);
      index.setItem(title as ItemId, title);
      const count = (counts.get(title) ?? 0) + Math.floor(random() * 8);
      index.setItemCount(title as ItemId, count);
      counts.set(title, count);
    }
    for (const prefix of ['a', 'b', 'ab', 'aab', 'c', 'd', 'ba']) {
      const found = index.completions(prefix, 1);
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
