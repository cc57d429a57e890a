import { join } from 'node:path';
import { referenceData, skipUnless } from '@offerstream/testing';
import { readLines } from '../text/read-lines.js';
import { splitText, type SplitText } from '../text/split-text.js';
import { spaceTokenizer } from '../text/tokenizers.js';
import { readWords } from '../text/word-lines.js';
import { NGramModel } from './n-gram-model.js';

const folder = referenceData();
const there = skipUnless(folder !== undefined, 'OFFERSTREAM_REFERENCE_DATA names no folder of recorded data');

there('the Brown corpus', () => {
  let split: SplitText;
  beforeAll(async () => {
    const lines = readLines(join(folder ?? '', 'text', 'brown.txt.gz'));
    split = splitText(await readWords(lines, spaceTokenizer({ lowerCase: true })), { vocabularySize: 10_000 });
  });

  test('is split as its figures say', () => {
    const { vocabulary, train, validation, test } = split;
    expect(vocabulary.size).toBe(10_000);
    expect([train, validation, test].map(({ predictions }) => predictions)).toEqual([976_513, 120_600, 121_419]);
  });

  // What KenLM's lmplz and query give for the same text, `<unk>` an ordinary word.
  test.each([
    [2, 156.06],
    [3, 140.0],
    [4, 137.85],
    [5, 137.47],
  ])('order %p has the perplexity of KenLM', (order, expected) => {
    const model = NGramModel.train(split.train, { vocabulary: split.vocabulary, order });
    let sum = 0;
    for (const sentence of split.test.sentences()) for (const score of model.scoreSentence(sentence)) sum += score;
    expect(Math.abs(Math.exp(-sum / split.test.predictions) - expected)).toBeLessThan(0.15);
  });
});
