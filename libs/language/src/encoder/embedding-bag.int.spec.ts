import { SeededRandom, Trainer } from '@offerstream/autodiff';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { bagBatch } from './bag-batch.js';
import { bagLoss, bagServingGraph, VIEW_SHARES, type EmbeddingBagSizes } from './embedding-bag.js';
import { encodedBatch } from './encoder-tokenizer.js';
import { SENTENCE_ENCODER } from './sentence-encoder-graph.js';
import type { TitlePair } from './title-pairs.js';

const SIZES: EmbeddingBagSizes = { rows: 12, dimensions: 6, views: ['words', 'sessions'] };
const TEMPERATURE = 0.5;
const IDS: readonly (readonly number[])[] = [[1, 2, 2], [3], [4, 5, 6], [7, 1]];
const PART = [2];
const SHARES = [0.5, 0.25, 0.125, 0.125];
const PAIRS: readonly TitlePair[] = [
  { anchor: 0, part: ['part'], positive: 0 },
  { anchor: 1, positive: 2 },
  { anchor: 2, positive: 3 },
];

test('the loss is that of the embeddings as they are served: each pair in its view, among the positives of all', async () => {
  const trainer = await Trainer.open({ model: bagLoss(SIZES, TEMPERATURE), random: new SeededRandom(1).next });
  const idsOf = (title: number, part?: readonly string[]) => (part === undefined ? (IDS[title] ?? []) : PART);
  const feeds = bagBatch(PAIRS, idsOf, (title) => SHARES[title] ?? 0, SIZES.views);
  // The weights of ids begin at 1, where they can't be seen.
  for (let step = 0; step < 20; step++) await trainer.step(feeds, 0.1);
  const session = await openSession(bagServingGraph(trainer.parameters, SIZES).toBuffer());
  const embeddingsOf = async (texts: readonly (readonly number[])[]): Promise<Float32Array> => {
    const batch = encodedBatch(
      texts.map((ids) => ({ ids, tokens: 0 })),
      0,
    );
    return dataOf(await session.run(batch), SENTENCE_ENCODER.embedding, 'float32');
  };
  const anchors = await embeddingsOf(PAIRS.map(({ anchor: title, part }) => idsOf(title, part)));
  const positives = await embeddingsOf(PAIRS.map(({ positive: title }) => idsOf(title)));
  await session.close();

  // Each view is half of an embedding, and its share of the square.
  const cosine = (from: number, to: number, view: number): number =>
    [0, 1, 2].reduce(
      (sum, d) => sum + (anchors[from * 6 + view * 3 + d] ?? 0) * (positives[to * 6 + view * 3 + d] ?? 0),
      0,
    ) / (view === 0 ? VIEW_SHARES.words : VIEW_SHARES.sessions);
  const losses = PAIRS.map(({ anchor: title, part }, from) => {
    const scores = PAIRS.map((other, to) => ({
      score: cosine(from, to, part === undefined ? 1 : 0) / TEMPERATURE - Math.log(SHARES[other.positive] ?? 0),
      counts: to === from || other.positive !== title,
    }));
    const sum = scores.reduce((total, { score, counts }) => total + (counts ? Math.exp(score) : 0), 0);
    return Math.log(sum) - (scores[from]?.score ?? NaN);
  });
  const { loss } = await trainer.step(feeds, 0);
  expect(loss).toBeCloseTo(losses.reduce((sum, value) => sum + value, 0) / PAIRS.length, 5);
  expect(Math.min(...(trainer.parameters['words/weights']?.data as Float32Array))).toBeLessThan(-0.1);
  await trainer.close();
});

test('an embedding has unit length, and without sessions one view', async () => {
  const alone: EmbeddingBagSizes = { ...SIZES, views: ['words'] };
  for (const sizes of [SIZES, alone]) {
    const trainer = await Trainer.open({ model: bagLoss(sizes, TEMPERATURE), random: new SeededRandom(1).next });
    const session = await openSession(bagServingGraph(trainer.parameters, sizes).toBuffer());
    const batch = encodedBatch(
      IDS.map((ids) => ({ ids, tokens: 0 })),
      11,
    );
    const rows = dataOf(await session.run(batch), SENTENCE_ENCODER.embedding, 'float32');
    expect(rows).toHaveLength(6 * IDS.length);
    for (const row of IDS.keys()) expect(Math.hypot(...rows.subarray(6 * row, 6 * row + 6))).toBeCloseTo(1, 5);
    await session.close();
    await trainer.close();
  }
});
