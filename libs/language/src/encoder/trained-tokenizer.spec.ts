import { Vocabulary } from '../text/vocabulary.js';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';
import { nGramHashes, TrainedTokenizer } from './trained-tokenizer.js';

const WORDS = ['<unk>', '</s>', 'red', 'shoe', 'lamp'];
const [UNKNOWN, , RED, SHOE] = WORDS.keys() as unknown as readonly number[];
const BUCKETS = 100_000;
const tokenizer = new TrainedTokenizer(new Vocabulary(WORDS), BUCKETS);
const idsOf = (text: string): readonly number[] => tokenizer.encode(text).ids;
const shared = (a: string, b: string): number => {
  const ofB = new Set(nGramHashes(b));
  return nGramHashes(a).filter((hash) => ofB.has(hash)).length;
};

test('a word has the n-grams of 3 to 5 characters of itself between its edges', () => {
  // <re red ed>, <red red>, <red>
  expect(nGramHashes('red')).toHaveLength(6);
  expect(new Set(nGramHashes('red')).size).toBe(6);
  expect(nGramHashes('a')).toHaveLength(1);
  // A character outside the first plane is one character.
  expect(nGramHashes('👟')).toHaveLength(1);
  // sho hoe shoe
  expect(shared('shoes', 'xshoex')).toBe(3);
  // <sh sho hoe, <sho shoe, <shoe
  expect(shared('shoe', 'shoes')).toBe(6);
  expect(shared('shoe', 'red')).toBe(0);
});

test('a known word is its own id and its n-grams, an unknown one its n-grams', () => {
  const red = idsOf('red');
  expect(red).toHaveLength(7);
  expect(red[0]).toBe(RED);
  expect(red.slice(1).every((id) => id >= WORDS.length && id < tokenizer.size)).toBe(true);
  expect(idsOf('Red, SHOE!')).toEqual([...red, ...idsOf('shoe')]);
  expect(tokenizer.encode('Red, SHOE!').tokens).toBe(2);
  expect(idsOf('shoee')).not.toContain(SHOE);
  expect(idsOf('shoee').filter((id) => idsOf('shoe').includes(id))).toHaveLength(6);
});

test('n-grams keep within their buckets', () => {
  const small = new TrainedTokenizer(new Vocabulary(WORDS), 3);
  const { ids } = small.encode('an unforeseeable, bewildering word');
  expect(new Set(ids)).toEqual(new Set([5, 6, 7]));
  expect(small.size).toBe(8);
});

test.each([
  ['nothing', ''],
  ['a million spaces', ' '.repeat(1_000_000)],
  ['control characters', '\0\u0007\u001b'],
  ['signs alone', '!?—…'],
  ['half a surrogate pair', '\ud83d'],
])('%s is the text without words', (_, text) => {
  expect(tokenizer.encode(text)).toEqual({ ids: [UNKNOWN], tokens: 0 });
});

test('what is too long is cut, and costs no more than what is kept', () => {
  expect(tokenizer.encode('red '.repeat(1_000))).toEqual({
    ids: [...Array<readonly number[]>(146).fill(idsOf('red')).flat(), ...idsOf('red').slice(0, 2)],
    tokens: 147,
  });
  for (const endless of [
    'x'.repeat(1_000_000),
    'red '.repeat(1_000_000),
    `${' '.repeat(1_000_000)}${'red '.repeat(500)}`,
  ]) {
    expect(idsOf(endless)).toHaveLength(1_024);
  }
});

test('a batch is filled up to its longest text', () => {
  const { inputIds, attentionMask, tokenTypeIds } = SENTENCE_ENCODER;
  const batch = tokenizer.batch(['', 'red'].map((text) => tokenizer.encode(text)));
  const rows = (name: string) => [batch[name]?.dims, Array.from(batch[name]?.data as BigInt64Array, Number)];
  expect(rows(inputIds)).toEqual([
    [2, 7],
    [...Array<number>(7).fill(0), ...idsOf('red')],
  ]);
  expect(rows(attentionMask)[1]).toEqual([1, 0, 0, 0, 0, 0, 0, ...Array<number>(7).fill(1)]);
  expect(rows(tokenTypeIds)[1]).toEqual(Array(14).fill(0));
});

test('its file gives the same tokenizer', () => {
  const read = TrainedTokenizer.parse(tokenizer.toJson());
  expect(read.vocabulary.words).toEqual(WORDS);
  expect(read.size).toBe(tokenizer.size);
  expect(read.encode('red shoes')).toEqual(tokenizer.encode('red shoes'));
});

test.each([
  '',
  '{}',
  JSON.stringify({ kind: 'another', words: WORDS, buckets: 5 }),
  JSON.stringify({ kind: 'words-and-hashed-n-grams', words: ['red'], buckets: 5 }),
  JSON.stringify({ kind: 'words-and-hashed-n-grams', words: WORDS, buckets: 0 }),
])('what is no encoder.json is refused: %s', (json) => {
  expect(() => TrainedTokenizer.parse(json)).toThrow(
    expect.objectContaining({
      code: 'model-unusable',
      message: expect.stringContaining('encoder.json') as string,
    }) as Error,
  );
});
