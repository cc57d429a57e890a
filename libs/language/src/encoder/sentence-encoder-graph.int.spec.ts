import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EditableModel, Graph, op, tensor } from '@offerstream/onnx';
import { dataOf, openSession, type Session, type Tensors } from '@offerstream/onnx-runtime';
import { referenceData, skipUnless } from '@offerstream/testing';
import { PretrainedTokenizer } from './pretrained-tokenizer.js';
import { makeSentenceEncoder, SENTENCE_ENCODER } from './sentence-encoder-graph.js';

const { inputIds, attentionMask, tokenTypeIds, embedding } = SENTENCE_ENCODER;
const HIDDEN = 'last_hidden_state';

const int64 = (rows: readonly (readonly number[])[]) => ({
  dtype: 'int64' as const,
  dims: [rows.length, rows[0]?.length ?? 0],
  data: BigInt64Array.from(rows.flat(), BigInt),
});

/** The vectors of rows of tokens, by the book: their mean over the mask, divided by its length. */
const pooledByHand = (hidden: Float32Array, mask: BigInt64Array, width: number, places: number): readonly number[] => {
  const rows = mask.length / places;
  return Array.from({ length: rows }, (_, row) => {
    const counted = Array.from({ length: places }, (__, i) => row * places + i).filter((place) => mask[place] === 1n);
    const mean = Array.from(
      { length: width },
      (__, d) => counted.reduce((sum, place) => sum + (hidden[place * width + d] ?? 0), 0) / counted.length,
    );
    const length = Math.hypot(...mean);
    return mean.map((value) => value / length);
  }).flat();
};
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? NaN))), 0);

/** Looks its tokens up in a table of four vectors of length 2. */
const tinyTransformer = ({ types = true, output = HIDDEN } = {}): EditableModel => {
  const graph = new Graph('tiny');
  const ids = graph.input(inputIds, 'int64', ['batch', 'sequence']);
  graph.input(attentionMask, 'int64', ['batch', 'sequence']);
  if (types) graph.input(tokenTypeIds, 'int64', ['batch', 'sequence']);
  const table = graph.initializer('table', tensor('float32', [4, 2], Float32Array.of(1, 0, 0, 1, 3, 4, -5, 0)));
  graph.output(output, op.gather(table, ids));
  return EditableModel.read(graph.model().toBuffer());
};

test('a row becomes the mean of its tokens, scaled to unit length, and padding counts nothing', async () => {
  const encoder = tinyTransformer();
  makeSentenceEncoder(encoder);
  const session = await openSession(encoder.model().toBuffer());
  expect(session.inputs.map(({ name, shape }) => [name, shape])).toEqual(
    [inputIds, attentionMask, tokenTypeIds].map((name) => [name, ['B', 'T']]),
  );
  expect(session.outputs).toEqual([{ name: embedding, dtype: 'float32', shape: ['B', 2] }]);
  const results = await session.run({
    [inputIds]: int64([
      [2, 0, 3],
      [1, 3, 3],
      [0, 1, 1],
      [3, 3, 3],
    ]),
    [attentionMask]: int64([
      [1, 0, 0],
      [1, 0, 0],
      [1, 1, 1],
      [0, 0, 0],
    ]),
    [tokenTypeIds]: int64([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]),
  });
  const wanted = [0.6, 0.8, 0, 1, 1 / Math.sqrt(5), 2 / Math.sqrt(5), 0, 0];
  expect(largestDifference(dataOf(results, embedding, 'float32'), wanted)).toBeLessThan(1e-6);
  await session.close();
});

test('an encoder without token types is one, another kind of model is not', () => {
  const encoder = tinyTransformer({ types: false });
  makeSentenceEncoder(encoder);
  expect(encoder.outputs.map(({ name }) => name)).toEqual([embedding]);
  const other = new Graph('other');
  other.output('y', op.relu(other.input('x', 'float32', ['B', 3])));
  for (const model of [tinyTransformer({ output: 'logits' }), EditableModel.read(other.model().toBuffer())]) {
    const before = model.model().toBuffer();
    expect(() => {
      makeSentenceEncoder(model);
    }).toThrow(expect.objectContaining({ code: 'model-unusable' }) as Error);
    expect(model.model().toBuffer().equals(before)).toBe(true);
  }
});

const folder = referenceData();
const there = skipUnless(folder !== undefined, 'OFFERSTREAM_REFERENCE_DATA names no folder of recorded data');

there('all-MiniLM-L6-v2 as a sentence encoder', () => {
  let tokenizer: PretrainedTokenizer;
  let transformer: Session;
  let encoder: Session;
  beforeAll(async () => {
    const [file, json] = await Promise.all([
      readFile(join(folder ?? '', 'onnx/minilm-int8.onnx')),
      readFile(join(folder ?? '', 'onnx/minilm-tokenizer.json'), 'utf8'),
    ]);
    tokenizer = PretrainedTokenizer.parse(json);
    const model = EditableModel.read(file);
    expect(model.model().toBuffer().equals(file)).toBe(true);
    makeSentenceEncoder(model);
    [transformer, encoder] = await Promise.all([openSession(file), openSession(model.model().toBuffer())]);
  });
  afterAll(() => Promise.all([transformer, encoder].map((session) => session.close())));

  const batchOf = (texts: readonly string[]): Tensors => tokenizer.batch(texts.map((text) => tokenizer.encode(text)));
  const embed = async (texts: readonly string[]): Promise<Float32Array> =>
    dataOf(await encoder.run(batchOf(texts)), embedding, 'float32');
  const cosine = (vectors: Float32Array, i: number, j: number): number =>
    Array.from({ length: 384 }).reduce<number>(
      (sum, _, d) => sum + (vectors[384 * i + d] ?? 0) * (vectors[384 * j + d] ?? 0),
      0,
    );
  const TEXTS = [
    'red running shoes for women',
    'ladies’ sneakers in red',
    'a ceramic mug for coffee',
    'pottery cup, holds hot drinks',
    'how do I send an order back?',
    'returning a purchase',
    'the cat sleeps on the sofa while it rains outside, and nobody in the whole house wants to wake it up',
  ];

  test('words are those of its vocabulary', () => {
    // Ids of BERT's uncased vocabulary.
    expect(tokenizer.encode('Hello world!').ids).toEqual([101, 7592, 2088, 999, 102]);
    expect(tokenizer.encode('unaffable').ids).toEqual([101, 14477, 20961, 3468, 102]);
    expect(tokenizer.encode('word '.repeat(500)).ids).toHaveLength(tokenizer.maxTokens);
  });

  test('an embedding is what its definition says', async () => {
    const batch = batchOf(TEXTS);
    const hidden = (await transformer.run(batch))[HIDDEN];
    const mask = batch[attentionMask]?.data as BigInt64Array;
    const byHand = pooledByHand(hidden?.data as Float32Array, mask, 384, hidden?.dims[1] ?? 0);
    const vectors = await embed(TEXTS);
    expect(vectors).toHaveLength(TEXTS.length * 384);
    expect(largestDifference(vectors, byHand)).toBeLessThan(1e-5);
    TEXTS.forEach((_, i) => expect(cosine(vectors, i, i)).toBeCloseTo(1, 5));
  });

  test('a paraphrase is nearer than anything else', async () => {
    const vectors = await embed(TEXTS);
    for (const [i, j] of [
      [0, 1],
      [2, 3],
      [4, 5],
    ] as const) {
      const others = TEXTS.keys().filter((k) => k !== i && k !== j);
      const nearest = Math.max(...others.flatMap((k) => [cosine(vectors, i, k), cosine(vectors, j, k)]));
      expect(cosine(vectors, i, j)).toBeGreaterThan(nearest + 0.1);
    }
  });

  // Its weights are 8-bit numbers, what it computes with them is float32, so that rows do not depend on each other.
  test('a text in a batch is the text alone', async () => {
    const batch = await embed(TEXTS);
    for (const [i, text] of TEXTS.entries()) {
      const alone = await embed([text]);
      expect(largestDifference(alone, batch.subarray(384 * i, 384 * (i + 1)))).toBeLessThan(1e-4);
    }
  });
});
