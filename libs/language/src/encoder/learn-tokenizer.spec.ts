import { learnTokenizer } from './learn-tokenizer.js';

test('words of several titles are known, the most frequent first, and there is a bucket for each n-gram', () => {
  const tokenizer = learnTokenizer([['red', 'mug'], ['red', 'red', 'lamp'], ['blue', 'mug'], ['red']]);
  expect(tokenizer.vocabulary.words.slice(2)).toEqual(['red', 'mug']);
  // <re red ed> …: 6 of red, 6 of mug, 9 of lamp, 9 of blue.
  expect(tokenizer.buckets).toBe(32);
});

test('however many words there are, a model does not grow without end', () => {
  const words = Array.from({ length: 21_000 }, (_, index) => [`word${(index * 7_919).toString(36)}`]);
  const tokenizer = learnTokenizer([...words, ...words]);
  expect(tokenizer.vocabulary.size).toBe(20_000);
  expect(tokenizer.buckets).toBe(32_768);
});
