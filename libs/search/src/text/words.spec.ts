import { MAX_WORDS, wordsOf } from './words.js';

test.each([
  ['WHITE  Hanging Heart T-Light Holder.', ['white', 'hanging', 'heart', 't-light', 'holder']],
  ['Café Crème', ['cafe', 'creme']],
  ['Straße ŁÓDŹ smørrebrød', ['strasse', 'lodz', 'smorrebrod']],
  ['İstanbul ısı', ['istanbul', 'isi']],
  ['Елка Ёлка', ['елка', 'елка']],
  // Its marks are vowels.
  ['हिन्दी किताब', ['हिन्दी', 'किताब']],
  ['  \t\n', []],
  ['\u0000\u0007\u001b', []],
  ['\u0301 a', ['a']],
])('%j is compared as %j', (text, folded) => {
  expect(wordsOf(text).folded).toEqual(folded.map((word) => word.normalize('NFKD')));
});

test('words are shown with their accents', () => {
  expect(wordsOf('CAFÉ au LAIT').shown).toEqual(['café', 'au', 'lait']);
});

test('however long a text is, the result is bounded', () => {
  expect(wordsOf(' '.repeat(1_000_000)).folded).toEqual([]);
  expect(wordsOf(`${' '.repeat(1_000_000)}red`).folded).toEqual(['red']);
  expect(wordsOf('x'.repeat(10_000)).folded).toEqual(['x'.repeat(64)]);
  expect(wordsOf('a b '.repeat(1_000_000)).folded).toHaveLength(MAX_WORDS);
});
