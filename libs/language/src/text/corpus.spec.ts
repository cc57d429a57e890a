import { Corpus } from './corpus.js';

const sentences = Array.from({ length: 10 }, (_, index) => [index + 2, 5]);

test('sentences come back as they went in, the empty ones too', () => {
  const corpus = Corpus.ofSentences([[2, 3], [], [4]]);
  expect([...corpus.sentences()].map((ids) => [...ids])).toEqual([[2, 3], [], [4]]);
  expect(corpus.predictions).toBe(6);
});

test('one corpus after another has the sentences of both', () => {
  const both = Corpus.ofSentences([[2, 3], []]).followedBy(Corpus.ofSentences([[4], [5]]));
  expect([...both.sentences()].map((ids) => [...ids])).toEqual([[2, 3], [], [4], [5]]);
  expect(both.predictions).toBe(8);
});

test.each([
  [30, 10],
  [29, 5],
  [10, 4],
  [9, 3],
])('thinned to %p predictions of 30 it has %p sentences from all over', (predictions, left) => {
  const thinned = [...Corpus.ofSentences(sentences).thinned(predictions).sentences()];
  expect(thinned).toHaveLength(left);
  expect(thinned[1]?.[0]).toBe(2 + Math.ceil(30 / predictions));
});
