import { spaceTokenizer, titleTokenizer } from './tokenizers.js';

test('white space and control characters separate words, everything else belongs to them', () => {
  const words = ['The', 'jury', "''", 'said-so', '.'];
  expect(spaceTokenizer({ lowerCase: false })(" The\tjury\u00a0\u0007''  said-so .\n")).toEqual(words);
  expect(spaceTokenizer({ lowerCase: true })('The JURY')).toEqual(['the', 'jury']);
});

test.each([
  ['WHITE HANGING HEART T-LIGHT HOLDER', ['white', 'hanging', 'heart', 't-light', 'holder']],
  ['SET/6 RED SPOTTY PAPER PLATES', ['set', '6', 'red', 'spotty', 'paper', 'plates']],
  ['Children’s mug, 1.5L (blue) - NEW!', ["children's", 'mug', '1.5l', 'blue', 'new']],
  ['1,000 bags,boxes', ['1,000', 'bags', 'boxes']],
  ['ﬁne Cafe\u0301', ['fine', 'café']],
  ['手提げ袋 №5', ['手提げ袋', 'no5']],
])('the words of the title %p', (title, words) => {
  expect(titleTokenizer(title)).toEqual(words);
});

test.each(['', ' '.repeat(1_000_000), '\0\u0001\u001b', '--- !!!'])('nothing to read gives no word', (text) => {
  expect(titleTokenizer(text)).toEqual([]);
});

test('a million signs in a row are read in no more time than as many letters', () => {
  const tokenize = spaceTokenizer({ lowerCase: true });
  expect(tokenize(' '.repeat(1_000_000))).toEqual([]);
  expect(titleTokenizer('a-'.repeat(500_000))).toHaveLength(1);
});
