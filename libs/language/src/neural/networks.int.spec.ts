import { SeededRandom, Trainer } from '@offerstream/autodiff';
import { openSession, type Session } from '@offerstream/onnx-runtime';
import { randomText } from '../n-gram/random-text.fixture.js';
import { expectDistributions } from '../next-word/next-word-model.fixture.js';
import type { NextWordModel } from '../next-word/next-word-model.js';
import { perplexity } from '../next-word/score-sentences.js';
import { lstmNetwork } from './lstm-network.js';
import { networkComponent } from './network-component.js';
import type { Network } from './network.js';
import { sentenceBatch } from './sentence-batch.js';
import { servingGraph } from './serving-graph.js';
import { lossModel, trainingModel } from './training-graph.js';
import { transformerNetwork } from './transformer-network.js';

const V = 30;
const NETWORKS: readonly (readonly [string, Network])[] = [
  ['lstm', lstmNetwork({ vocabularySize: V, embedding: 8, hidden: 12 })],
  ['lstm, tied, one layer', lstmNetwork({ vocabularySize: V, embedding: 8, hidden: 12, layers: 1, tied: true })],
  ['transformer', transformerNetwork({ vocabularySize: V, size: 16, heads: 2 })],
  ['transformer, tied', transformerNetwork({ vocabularySize: V, size: 16, heads: 4, layers: 1, tied: true })],
];

const sentences = [...randomText(2, V, 40).sentences()];
const text = randomText(2, V, 40);

describe.each(NETWORKS)('%s', (_, network) => {
  let trainer: Trainer;
  let session: Session;
  let model: NextWordModel;
  let before = 0;
  let after = 0;

  beforeAll(async () => {
    const { model: training, masks } = trainingModel(network, { embedding: 0.1, layer: 0.1 });
    trainer = await Trainer.open({ model: training, random: new SeededRandom(1).next, adam: { clipNorm: 1 } });
    const evaluator = await trainer.evaluator(lossModel(network));
    const loss = async () => Number((await evaluator.run(sentenceBatch(sentences))).loss?.data[0]);
    before = await loss();
    const random = new SeededRandom(2);
    for (let step = 0; step < 60; step++) {
      await trainer.step({ ...sentenceBatch(sentences), ...masks(sentences.length, random.next) }, 0.02);
    }
    after = await loss();
    session = await openSession(servingGraph(network, trainer.parameters).toBuffer());
    model = networkComponent('network', V, (feeds) => session.run(feeds));
  });
  afterAll(async () => {
    await session.close();
    await trainer.close();
  });

  test('learns', () => {
    expect(Math.abs(before - Math.log(V))).toBeLessThan(1);
    expect(after).toBeLessThan(before - 0.7);
  });

  test('what is served is what was trained', async () => {
    expect(Math.log(await perplexity(model, text))).toBeCloseTo(after, 4);
  });

  test('every distribution sums to 1, along sentences as after each history', () =>
    expectDistributions(model, sentences));

  test('the order of the words counts', async () => {
    const rows = new Float32Array(2 * V);
    await model.afterHistories([Uint16Array.of(3, 4, 5), Uint16Array.of(4, 3, 5)], rows);
    const change = Math.max(...rows.subarray(0, V).map((value, word) => Math.abs(value - (rows[V + word] as number))));
    expect(change).toBeGreaterThan(1e-3);
  });

  test('what comes later changes nothing, what came before does', async () => {
    const rows = new Float32Array(2 * 5 * V);
    await model.alongSentences([Uint16Array.of(3, 4, 5, 6), Uint16Array.of(3, 4, 7, 6)], rows);
    const row = (index: number) => rows.subarray(index * V, (index + 1) * V);
    for (const at of [0, 1, 2]) {
      for (let word = 0; word < V; word++) expect(row(at)[word]).toBeCloseTo(row(5 + at)[word] as number, 5);
    }
    for (const at of [3, 4]) expect(row(at)).not.toEqual(row(5 + at));
  });
});

test('dropout leaves out its share and keeps the mean', async () => {
  const network = lstmNetwork({ vocabularySize: V, embedding: 8, hidden: 12 });
  const { model, masks } = trainingModel(network, { embedding: 0, layer: 0.25 });
  const trainer = await Trainer.open({ model, random: new SeededRandom(1).next });
  await trainer.close();
  const fed = masks(1_000, new SeededRandom(2).next);
  expect(Object.keys(fed)).toEqual(['dropout/lstm0', 'dropout/lstm1']);
  for (const { data, dims } of Object.values(fed)) {
    expect(dims).toEqual([1_000, 12]);
    const values = [...(data as Float32Array)];
    expect(new Set(values)).toEqual(new Set([0, Math.fround(4 / 3)]));
    expect(values.filter((value) => value === 0).length / values.length).toBeCloseTo(0.25, 1);
  }
});

test('heads that do not fit are refused', () => {
  expect(() => transformerNetwork({ vocabularySize: V, size: 10, heads: 3 })).toThrow('3 heads');
});
