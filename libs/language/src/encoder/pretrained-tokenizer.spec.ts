import { BERT_MARKS, bertTokenizer } from '@offerstream/testing';
import { PretrainedTokenizer } from './pretrained-tokenizer.js';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';

const WORDS = [...BERT_MARKS, 'red', 'shoe', '##s', 'lamp', '!', 'é', 'e', 'x'];
const [PAD, UNK, CLS, SEP, RED, SHOE, S, LAMP, MARK, , E, X] = WORDS.keys() as unknown as readonly number[];
/** With a vocabulary of a few words. */
const file = bertTokenizer(WORDS, 8);
const parse = (changes: object = {}): PretrainedTokenizer =>
  PretrainedTokenizer.parse(JSON.stringify({ ...file, ...changes }));
const tokenizer = parse();
const idsOf = (text: string, of = tokenizer): readonly number[] => of.encode(text).ids;

test('a text stands between its marks', () => {
  expect(idsOf('Red shoes!')).toEqual([CLS, RED, SHOE, S, MARK, SEP]);
  expect(idsOf('É x')).toEqual([CLS, E, X, SEP]);
  expect(idsOf('blue lamp')).toEqual([CLS, UNK, LAMP, SEP]);
});

test('a text that is too long is cut in front of its end mark', () => {
  expect(idsOf('lamp '.repeat(6))).toEqual([CLS, ...Array<number | undefined>(6).fill(LAMP), SEP]);
  expect(idsOf('lamp '.repeat(7))).toEqual([CLS, ...Array<number | undefined>(6).fill(LAMP), SEP]);
  expect(parse({ truncation: null }).encode('lamp '.repeat(600))).toMatchObject({ tokens: 512 });
});

test.each<[string, string, readonly (number | undefined)[]]>([
  ['nothing', '', []],
  ['white space', ' \t\n\u00a0\u3000', []],
  ['a million spaces, and a word behind', `${' '.repeat(1_000_000)}red`, [RED]],
  ['control characters', 'red\u0000\u0007 shoe\u200b', [RED, SHOE]],
  ['half a surrogate pair', 'red \ud83d', [RED]],
  ['a word without end', 'x'.repeat(1_000_000), [UNK]],
  ['punctuation without end', '!'.repeat(1_000_000), Array<number | undefined>(6).fill(MARK)],
])('%s is answered', (_, text, ids) => {
  expect(tokenizer.encode(text)).toEqual({ ids: [CLS, ...ids, SEP], tokens: ids.length + 2 });
});

test('a long text has the tokens that it has as a whole', () => {
  const long = parse({ truncation: { max_length: 5_000 } });
  const words = Array.from({ length: 3_000 }, (_, i) => ['red', 'shoe', 'shoes', 'lamp', 'x!'][(i * 7) % 5] ?? '');
  const each = words.flatMap((word) => idsOf(word, long).slice(1, -1));
  expect(idsOf(words.join('  '), long)).toEqual([CLS, ...each.slice(0, 4_998), SEP]);
  expect(each.length).toBeGreaterThan(3_500);
});

test('the texts of a batch are filled up to the longest', () => {
  const { inputIds, attentionMask, tokenTypeIds } = SENTENCE_ENCODER;
  const batch = tokenizer.batch(['red', 'red shoes'].map((text) => tokenizer.encode(text)));
  const rows = (name: string) => [batch[name]?.dims, Array.from(batch[name]?.data as BigInt64Array, Number)];
  expect(rows(inputIds)).toEqual([
    [2, 5],
    [CLS, RED, SEP, PAD, PAD, CLS, RED, SHOE, S, SEP],
  ]);
  expect(rows(attentionMask)[1]).toEqual([1, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
  expect(rows(tokenTypeIds)[1]).toEqual(Array(10).fill(0));
  expect(
    parse({ padding: { pad_id: 9 } }).batch([[CLS as number], []].map((ids) => ({ ids, tokens: ids.length })))[inputIds]
      ?.data,
  ).toEqual(BigInt64Array.of(2n, 9n));
  expect(tokenizer.batch([])[inputIds]?.dims).toEqual([0, 0]);
});

test.each(['', 'no JSON', '{}', '{"model":{"vocab":5}}', JSON.stringify({ ...file, truncation: { max_length: 0 } })])(
  'what is no tokenizer.json is refused: %s',
  (json) => {
    expect(() => PretrainedTokenizer.parse(json)).toThrow(
      expect.objectContaining({
        code: 'model-unusable',
        message: expect.stringContaining('tokenizer.json') as string,
      }) as Error,
    );
  },
);
