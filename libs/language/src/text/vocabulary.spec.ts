import { END, UNKNOWN, Vocabulary } from './vocabulary.js';

const COUNTS = [
  ['b', 2],
  ['\u{1f600}', 2],
  ['a', 2],
  ['ﬀ', 2],
  ['c', 3],
  ['never', 0],
  ['<unk>', 9],
] as const;

test('the most frequent words, equals by the bytes of UTF-8, exactly as many as asked for', () => {
  expect(Vocabulary.ofMostFrequent(COUNTS, 4).words).toEqual(['<unk>', '</s>', 'c', 'a']);
  // By UTF-16 units the emoji would come first.
  expect(Vocabulary.ofMostFrequent(COUNTS, 99).words).toEqual(['<unk>', '</s>', 'c', 'a', 'b', 'ﬀ', '\u{1f600}']);
});

test('words become ids and back; what is not in it is unknown, the text of the end too', () => {
  const vocabulary = Vocabulary.ofMostFrequent(COUNTS, 4);
  expect([...vocabulary.encode(['a', 'b', 'c', '</s>', '<unk>'])]).toEqual([3, UNKNOWN, 2, UNKNOWN, UNKNOWN]);
  expect([3, END].map((id) => vocabulary.wordOf(id))).toEqual(['a', '</s>']);
  expect(() => vocabulary.wordOf(4)).toThrow('0 to 3');
});

test.each([2, 65_537, 3.5])('a vocabulary of %p words is refused', (size) => {
  expect(() => Vocabulary.ofMostFrequent(COUNTS, size)).toThrow('3 to 65536 words');
});

test.each(['two words', 'line\n', ''])('%p is no word', (word) => {
  expect(() => new Vocabulary(['<unk>', '</s>', word])).toThrow('no white space');
});

test('words that are twice in it or lack the first two are refused', () => {
  expect(() => new Vocabulary(['<unk>', '</s>', 'a', 'a'])).toThrow('twice');
  expect(() => new Vocabulary(['a', 'b'])).toThrow('starts with <unk> and </s>');
});
