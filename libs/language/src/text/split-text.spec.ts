import { splitText } from './split-text.js';
import { spaceTokenizer } from './tokenizers.js';
import { MAX_LINE_WORDS, readWords } from './word-lines.js';

const read = (lines: readonly string[]) => readWords(lines, spaceTokenizer({ lowerCase: true }));

test('lines go by their index modulo 10, and only training words are known', async () => {
  const lines = Array.from({ length: 30 }, (_, i) => (i === 3 ? '' : `line w${i % 10}`));
  const { vocabulary, train, validation, test } = splitText(await read(lines), { vocabularySize: 100 });
  expect(vocabulary.words).toEqual(['<unk>', '</s>', 'line', 'w0', 'w1', 'w2', 'w4', 'w5', 'w6', 'w7', 'w3']);
  expect([train, validation, test].map(({ predictions }) => predictions)).toEqual([23 * 3, 9, 9]);
  expect([...validation.sentences()].map((ids) => [...ids])).toEqual(Array(3).fill([2, 0]));
  expect([...train.sentences()].map((ids) => ids[1])).toHaveLength(23);
});

test('the parts can be other digits', async () => {
  const text = await read(Array.from({ length: 10 }, (_, i) => `w${i}`));
  const { vocabulary } = splitText(text, { vocabularySize: 100, validation: 0, test: 1 });
  expect(vocabulary.words).not.toContain('w0');
  expect(vocabulary.words).toContain('w9');
});

test('a shop’s texts are split alike and held out with the text, whose words alone are known', async () => {
  const text = await read(Array.from({ length: 10 }, (_, i) => `both w${i}`));
  const shop = await read(Array.from({ length: 20 }, (_, i) => `both w${i % 10} shop`));
  const alone = splitText(text, { vocabularySize: 100 });
  const split = splitText(text, { vocabularySize: 100, shop });
  expect(split.vocabulary.words).toEqual(alone.vocabulary.words);
  expect([...split.train.ids]).toEqual([...alone.train.ids]);
  const sentences = (corpus = split.train) => [...corpus.sentences()].map((ids) => [...ids]);
  const both = split.vocabulary.idOf('both');
  const numbered = Array.from({ length: 8 }, (_, i) => [both, split.vocabulary.idOf(`w${i}`), 0]);
  expect(sentences(split.shop)).toEqual([...numbered, ...numbered]);
  for (const part of ['validation', 'test'] as const) {
    expect(sentences(split[part])).toEqual([...sentences(alone[part]), [both, 0, 0], [both, 0, 0]]);
  }
  expect(alone).not.toHaveProperty('shop');
});

test('of what is held out a shop’s few texts are half', async () => {
  const text = await read(Array.from({ length: 100 }, () => 'of the text'));
  const shop = await read(Array.from({ length: 20 }, () => 'of the shop'));
  const { train, validation, test: held } = splitText(text, { vocabularySize: 100, shop });
  expect([train, validation, held].map(({ predictions }) => predictions)).toEqual([80 * 4, 4 * 4, 4 * 4]);
});

test('too few of a shop’s texts are named', async () => {
  const text = await read(Array.from({ length: 10 }, () => 'word'));
  const shop = await read(['one', 'two']);
  expect(() => splitText(text, { vocabularySize: 100, shop })).toThrow('No line of the shop’s texts that has words');
});

test.each([
  [{ validation: 3, test: 3 }, 'bad-option'],
  [{ validation: 10, test: 3 }, 'bad-option'],
  [{ validation: 5, test: 6 }, 'nothing-to-learn-from'],
])('%p of a text of five lines is refused', async (digits, code) => {
  const text = await read(['a', 'b', 'c', 'd', 'e']);
  expect(() => splitText(text, { vocabularySize: 10, ...digits })).toThrow(expect.objectContaining({ code }) as Error);
});

test('a line of the most words is read, a longer one is named', async () => {
  const longest = 'a '.repeat(MAX_LINE_WORDS);
  expect((await read(['b', longest])).tokens).toHaveLength(MAX_LINE_WORDS + 1);
  await expect(read(['b', `${longest} a`])).rejects.toMatchObject({
    code: 'line-too-long',
    message: expect.stringContaining('Line 2') as string,
  });
});

test('a text without words is refused', async () => {
  await expect(read(['', '  '])).rejects.toMatchObject({ code: 'nothing-to-learn-from' });
});
