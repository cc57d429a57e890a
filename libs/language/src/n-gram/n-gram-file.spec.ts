import { LanguageError } from '../errors.js';
import { Corpus } from '../text/corpus.js';
import { Vocabulary } from '../text/vocabulary.js';
import { decodeNGramModel, encodeNGramModel } from './n-gram-file.js';
import { NGramModel } from './n-gram-model.js';
import { randomText, wordsOf } from './random-text.fixture.js';

const vocabulary = new Vocabulary(wordsOf(40));
const model = NGramModel.train(randomText(3, 40, 500), { vocabulary, order: 4 });

// Word 2 + i is i times in it.
const uneven = Array.from({ length: 300 }, (_, i) => new Uint16Array(i).fill(2 + i));
const unevenModel = NGramModel.train(Corpus.ofSentences(uneven), {
  vocabulary: new Vocabulary(wordsOf(302)),
  order: 1,
});

test.each([
  ['few different counts', model],
  ['many', unevenModel],
])('a model of %s comes back as it was', (_, saved) => {
  const loaded = decodeNGramModel(encodeNGramModel(saved));
  expect(loaded.vocabulary.words).toEqual(saved.vocabulary.words);
  expect(loaded.levels).toEqual(saved.levels);
  for (const sentence of randomText(4, 40, 20).sentences()) {
    expect(loaded.scoreSentence(sentence)).toEqual(saved.scoreSentence(sentence));
  }
});

test.each([
  ['a changed byte', (bytes: Buffer) => bytes.fill((bytes[5_000] as number) ^ 1, 5_000, 5_001), 'checksum differs'],
  ['a lost end', (bytes: Buffer) => bytes.subarray(0, -100), 'checksum differs'],
  ['a lost rest', (bytes: Buffer) => bytes.subarray(0, 10), 'cut off'],
  ['another format', (bytes: Buffer) => bytes.fill(9, 8, 9), 'format 9'],
  ['another file', () => Buffer.from('a text file of some length'), 'another kind of file'],
  ['an empty file', () => Buffer.alloc(0), 'another kind of file'],
])('%s is refused', (_, damage, message) => {
  const damaged = damage(encodeNGramModel(model));
  expect(() => decodeNGramModel(damaged)).toThrow(LanguageError);
  expect(() => decodeNGramModel(damaged)).toThrow(message);
});
