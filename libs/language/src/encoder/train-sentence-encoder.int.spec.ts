import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCheckpoint } from '@offerstream/autodiff';
import { openSession } from '@offerstream/onnx-runtime';
import { abortedAfter } from '@offerstream/testing';
import { textEmbedder } from './embed-texts.js';
import { readEncoderTokenizer } from './read-encoder-tokenizer.js';
import { byCommonWords, byEmbedding, retrievalQuality, type EmbedTexts } from './retrieval-quality.js';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';
import type { SentenceEncoderOptions, SentenceEncoderProgress } from './sentence-encoder-options.js';
import { sentenceEncoderFiles } from './sentence-encoder-version.js';
import { shopTitles } from './shop-titles.fixture.js';
import { trainSentenceEncoder, type TrainedSentenceEncoder } from './train-sentence-encoder.js';

const DIMENSIONS = 16;
const SHOP = shopTitles(400);
let folder = '';
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'encoder-'))));
afterEach(() => rm(folder, { recursive: true }));

const train = (options: Partial<SentenceEncoderOptions> = {}) =>
  trainSentenceEncoder({
    ...SHOP,
    dimensions: DIMENSIONS,
    epochs: 2,
    seed: 3,
    checkpoints: folder,
    now: () => 0,
    ...options,
  });

const withEmbedder = async <T>(
  { tokenizer }: TrainedSentenceEncoder,
  graph: Buffer,
  use: (embed: EmbedTexts) => Promise<T>,
): Promise<T> => {
  const session = await openSession(graph);
  try {
    return await use(textEmbedder(tokenizer, (feeds) => session.run(feeds)));
  } finally {
    await session.close();
  }
};
const cosine = (rows: Float32Array, a: number, b: number): number =>
  Array.from({ length: DIMENSIONS }).reduce<number>(
    (sum, _, d) => sum + (rows[a * DIMENSIONS + d] ?? 0) * (rows[b * DIMENSIONS + d] ?? 0),
    0,
  );

test('training finds more of what is held out than the same encoder without, and what is misspelt better than words do', async () => {
  const told: SentenceEncoderProgress[] = [];
  let time = 0;
  const trained = await train({
    epochs: 20,
    learningRate: 0.02,
    now: () => (time += 500),
    onProgress: (progress) => told.push(progress),
  });
  expect(trained.complete).toBe(true);
  // An epoch asks for each of 192 titles eight times; a step takes half a second.
  expect(told[0]).toMatchObject({ step: 3, steps: 60, pairsPerSecond: 2 * 512 });
  expect(told.at(-1)?.step).toBeLessThanOrEqual(60);

  const ask = (graph: Buffer) =>
    withEmbedder(trained, graph, (embed) => retrievalQuality(byEmbedding(embed), trained.test));
  const words = await retrievalQuality(byCommonWords, trained.test);
  const before = await ask(trained.untrained.toBuffer());
  const after = await ask(trained.model.toBuffer());
  expect(after.partner?.questions).toBeGreaterThan(100);
  expect(after.partner?.recallAt10).toBeGreaterThan(2 * (before.partner?.recallAt10 ?? 1));
  expect(after.misspelt?.meanReciprocalRank).toBeGreaterThan(2 * (words.misspelt?.meanReciprocalRank ?? 1));
  expect(trained.metrics).toMatchObject({
    dimensions: DIMENSIONS,
    // 6 colours, 2 styles, 16 things.
    words: 24,
    learnedFrom: { titles: 154, sessions: 320 },
    candidates: 192,
  });
});

test('what is served has the tensors of a pretrained encoder, and is what was trained', async () => {
  const trained = await train();
  const { served, beside } = sentenceEncoderFiles(trained);
  const { inputIds, attentionMask, tokenTypeIds, embedding } = SENTENCE_ENCODER;
  const session = await openSession(served.model.toBuffer());
  expect(session.inputs).toMatchObject(
    [inputIds, attentionMask, tokenTypeIds].map((name) => ({ name, dtype: 'int64', shape: ['B', 'T'] })),
  );
  expect(session.outputs).toEqual([{ name: embedding, dtype: 'float32', shape: ['B', DIMENSIONS] }]);
  expect(served.inputs.map(({ name }) => name)).toEqual(session.inputs.map(({ name }) => name));
  expect(served.outputs.map(({ name }) => name)).toEqual(session.outputs.map(({ name }) => name));
  for (const [file, content] of Object.entries(beside)) await writeFile(join(folder, file), content);

  const tokenizer = await readEncoderTokenizer(folder);
  const embed = textEmbedder(tokenizer, (feeds) => session.run(feeds));
  const texts = ['crimson vintage teapot', 'crimsn vintage teapot', 'zzz', '', 'Lantern '.repeat(300)];
  const rows = await embed(texts);
  texts.forEach((_, row) => expect(cosine(rows, row, row)).toBeCloseTo(1, 5));
  expect(cosine(rows, 0, 1)).toBeGreaterThan(0.5);
  // Texts of a batch do not depend on each other.
  for (const [row, text] of texts.entries()) {
    const alone = await embed([text]);
    alone.forEach((value, d) => expect(rows[row * DIMENSIONS + d]).toBeCloseTo(value, 5));
  }
  await session.close();
});

test.each([
  [1, 1],
  [3, 1],
  [5, 2],
])(
  'training that is broken off after %p steps, in epoch %p, and taken up again ends the same',
  async (steps, epoch) => {
    const unbroken = await train({ checkpoints: await mkdtemp(join(folder, 'unbroken-')) });
    const signal = abortedAfter(steps);
    expect(await train({ signal })).toMatchObject({ complete: false });
    expect(await readCheckpoint(join(folder, 'last.checkpoint'))).toMatchObject({ step: steps, progress: { epoch } });
    const resumed: object[] = [];
    const taken = await train({ onResume: (from) => resumed.push(from) });
    expect(resumed).toEqual([{ step: steps, epoch }]);
    expect(taken.complete).toBe(true);
    expect(taken.model.toBuffer().equals(unbroken.model.toBuffer())).toBe(true);
    expect(taken.test).toEqual(unbroken.test);
  },
);

test('another seed makes another encoder', async () => {
  const models = [];
  for (const seed of [3, 4]) {
    const { model } = await train({ seed, epochs: 1, checkpoints: await mkdtemp(join(folder, 'seed-')) });
    models.push(model.toBuffer());
  }
  expect(models[0]?.equals(models[1] as Buffer)).toBe(false);
});

test.each([
  [{ seed: 4 }, 'seed 3, not 4'],
  [{ titles: SHOP.titles.slice(1) }, 'titles'],
])('the checkpoints of another training are refused: %p', async (other, message) => {
  await train({ epochs: 1 });
  await expect(train({ epochs: 1, ...other })).rejects.toMatchObject({
    code: 'checkpoint-mismatch',
    message: expect.stringContaining(message) as string,
  });
});

test('titles alone are enough', async () => {
  const { test: questions, metrics, complete } = await train({ sessions: [], epochs: 1 });
  expect(complete).toBe(true);
  expect(questions.questions.some(({ kind }) => kind === 'partner')).toBe(false);
  expect(metrics.learnedFrom).toEqual({ titles: 154, sessions: 0 });
});

test.each([
  ['no titles', []],
  ['titles without words', ['--', '!']],
  ['titles of one word', Array.from({ length: 50 }, (_, index) => `word${index}`)],
  ['too few titles to hold one out', ['a red mug', 'a blue lamp']],
])('%s are nothing to learn from', async (_, titles) => {
  await expect(train({ titles, sessions: [] })).rejects.toMatchObject({ code: 'nothing-to-learn-from' });
});

test.each([{ epochs: 0 }, { epochs: 1.5 }, { dimensions: 0 }, { dimensions: 15 }])(
  'options outside their range are refused: %p',
  async (options) => {
    await expect(train(options)).rejects.toMatchObject({ code: 'bad-option' });
  },
);
