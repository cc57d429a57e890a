import { SeededRandom } from '@offerstream/autodiff';
import { Corpus } from '../text/corpus.js';
import { countNGrams, type CountedLevel } from './count-n-grams.js';

/** By its words, the count of every n-gram of a length that is not 0. */
const listed = (levels: readonly CountedLevel[], length: number): Record<string, number> => {
  const result: Record<string, number> = {};
  const walk = (nGram: number, words: readonly number[]): void => {
    const level = levels[words.length - 1] as CountedLevel;
    if (words.length < length) {
      const next = levels[words.length] as CountedLevel;
      for (let at = level.children[nGram] as number; at < (level.children[nGram + 1] as number); at++) {
        walk(at, [...words, next.words[at] as number]);
      }
    } else if (level.counts[nGram] !== 0) result[words.join(' ')] = level.counts[nGram] as number;
  };
  for (const word of (levels[0] as CountedLevel).words) walk(word, [word]);
  return result;
};

test('a text that was counted by hand', () => {
  // "a b", "a b a" with a = 2, b = 3 and 1 for start and end.
  const levels = countNGrams(
    Corpus.ofSentences([
      [2, 3],
      [2, 3, 2],
    ]).ids,
    5,
    3,
  );
  expect(listed(levels, 3)).toEqual({ '1 2 3': 2, '2 3 1': 1, '2 3 2': 1, '3 2 1': 1 });
  // Those that start a sentence have their occurrences, the others the words before them.
  expect(listed(levels, 2)).toEqual({ '1 2': 2, '2 3': 1, '3 1': 1, '3 2': 1, '2 1': 1 });
  expect(listed(levels, 1)).toEqual({ '1': 2, '2': 2, '3': 1 });
  expect(
    listed(
      countNGrams(
        Corpus.ofSentences([
          [2, 3],
          [2, 3, 2],
        ]).ids,
        5,
        1,
      ),
      1,
    ),
  ).toEqual({ '1': 2, '2': 3, '3': 2 });
});

test('any text is counted as by enumeration', () => {
  const random = new SeededRandom(5).next;
  const sentences = Array.from({ length: 60 }, () =>
    Array.from({ length: Math.floor(random() * 7) }, () => 2 + Math.floor(random() ** 2 * 6)),
  );
  const order = 4;
  const levels = countNGrams(Corpus.ofSentences(sentences).ids, 9, order);

  for (let length = 1; length <= order; length++) {
    const occurrences = new Map<string, number>();
    const lefts = new Map<string, Set<number>>();
    for (const sentence of sentences) {
      const ids = [1, ...sentence, 1];
      for (let start = length === 1 ? 1 : 0; start + length <= ids.length; start++) {
        const key = ids.slice(start, start + length).join(' ');
        occurrences.set(key, (occurrences.get(key) ?? 0) + 1);
        if (start > 0) lefts.set(key, (lefts.get(key) ?? new Set()).add(ids[start - 1] as number));
      }
    }
    const expected = [...occurrences].map(([key, count]) => {
      const occurs = length === order || (length > 1 && key.startsWith('1 '));
      return [key, occurs ? count : lefts.get(key)?.size];
    });
    expect(listed(levels, length)).toEqual(Object.fromEntries(expected));
  }
});
