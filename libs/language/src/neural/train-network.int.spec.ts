import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCheckpoint } from '@offerstream/autodiff';
import { openSession } from '@offerstream/onnx-runtime';
import { abortedAfter } from '@offerstream/testing';
import { randomText } from '../n-gram/random-text.fixture.js';
import { Corpus } from '../text/corpus.js';
import { perplexity } from '../next-word/score-sentences.js';
import { lstmNetwork } from './lstm-network.js';
import { networkComponent } from './network-component.js';
import { servingGraph } from './serving-graph.js';
import { trainNetwork } from './train-network.js';
import type { NetworkTrainingOptions, TrainingProgress } from './training-options.js';

const V = 30;
const NETWORK = lstmNetwork({ vocabularySize: V, embedding: 8, hidden: 12, layers: 1 });
let folder = '';
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'network-'))));
afterEach(() => rm(folder, { recursive: true }));

const train = (options: Partial<NetworkTrainingOptions>) =>
  trainNetwork({
    network: NETWORK,
    train: randomText(1, V, 200),
    validation: randomText(2, V, 60),
    seed: 3,
    epochs: 4,
    learningRate: 0.02,
    batch: 100,
    checkpoints: folder,
    now: () => 0,
    ...options,
  });

test('training lowers the perplexity of what is held out, and says so', async () => {
  const told: TrainingProgress[] = [];
  const resumed: object[] = [];
  let time = 0;
  const { epochs, validationPerplexity, complete } = await train({
    epochs: 12,
    now: () => (time += 100),
    onProgress: (progress) => told.push(progress),
    onResume: (from) => resumed.push(from),
  });
  expect(complete).toBe(true);
  expect(resumed).toEqual([]);
  expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  expect(epochs.at(-1)?.validationPerplexity).toBeLessThan(0.9 * (epochs[0]?.validationPerplexity as number));
  expect(validationPerplexity).toBe(Math.min(...epochs.map((epoch) => epoch.validationPerplexity)));
  expect(told.map((progress) => progress.validationPerplexity)).toEqual(
    epochs.map((epoch) => epoch.validationPerplexity),
  );
  const [first] = told as [TrainingProgress];
  // A tenth of a second a step.
  expect(first.tokensPerSecond).toBeCloseTo((10 * randomText(1, V, 200).predictions) / first.step, 6);
  expect(first.trainPerplexity).toBeLessThan(2 * V);
  const last = told.at(-1) as TrainingProgress;
  expect(last.step / last.steps).toBeCloseTo(1, 1);
});

test.each([
  [1, 1],
  [7, 1],
  [25, 2],
])(
  'training that is broken off after %p steps, in epoch %p, and taken up again ends the same',
  async (steps, epoch) => {
    const unbroken = await train({ checkpoints: await mkdtemp(join(folder, 'unbroken-')) });
    const signal = abortedAfter(steps);
    expect(await train({ signal })).toMatchObject({ complete: false });
    const { step, progress } = await readCheckpoint(join(folder, 'last.checkpoint'));
    expect(step).toBe(steps);
    expect(progress).toMatchObject({ epoch });
    const resumed: object[] = [];
    expect(await train({ onResume: (from) => resumed.push(from) })).toEqual(unbroken);
    expect(resumed).toEqual([{ step: steps, epoch }]);
  },
);

test('training that has ended is not done again', async () => {
  const first = await train({});
  const told: TrainingProgress[] = [];
  expect(await train({ onProgress: (progress) => told.push(progress) })).toEqual(first);
  expect(told).toEqual([]);
});

test('training ends when it gets no better, with the best', async () => {
  // Without falling to small steps it can only get worse soon.
  const { parameters, epochs, validationPerplexity, complete } = await train({
    epochs: 300,
    learningRate: 0.3,
    patience: 2,
  });
  expect(complete).toBe(true);
  const all = epochs.map((epoch) => epoch.validationPerplexity);
  expect(all.length).toBeLessThan(300);
  expect(all.indexOf(validationPerplexity)).toBe(all.length - 3);

  const session = await openSession(servingGraph(NETWORK, parameters).toBuffer());
  const model = networkComponent('network', V, (feeds) => session.run(feeds));
  expect(await perplexity(model, randomText(2, V, 60))).toBeCloseTo(validationPerplexity, 3);
  await session.close();
});

test('a sentence that is longer than a step is not learned from', async () => {
  const sentences = [...randomText(1, V, 200).sentences()];
  const longer = Corpus.ofSentences([...sentences, new Uint16Array(100).fill(5)]);
  expect(await train({ epochs: 1, train: longer })).toEqual(
    await train({ epochs: 1, checkpoints: await mkdtemp(join(folder, 'other-')) }),
  );
});

test.each([
  [{ seed: 4 }, 'seed 3, not 4'],
  [{ epochs: 5 }, 'epochs 4, not 5'],
  [{ dropout: { embedding: 0, layer: 0 } }, 'dropout'],
  [{ train: randomText(7, V, 200) }, 'text'],
  [{ validation: randomText(7, V, 60) }, 'validation'],
])('the checkpoints of another training are refused: %p', async (other, message) => {
  await train({});
  await expect(train(other)).rejects.toMatchObject({
    code: 'checkpoint-mismatch',
    message: expect.stringContaining(message) as string,
  });
});

test('the folder of the checkpoints is made', async () => {
  expect(await train({ epochs: 1, checkpoints: join(folder, 'new', 'folder') })).toMatchObject({ complete: true });
});

test.each([
  [{ epochs: 0 }, 'bad-option'],
  [{ epochs: 1.5 }, 'bad-option'],
  [{ train: Corpus.ofSentences([]) }, 'nothing-to-learn-from'],
  [{ train: Corpus.ofSentences([new Uint16Array(100).fill(5)]) }, 'nothing-to-learn-from'],
  [{ validation: Corpus.ofSentences([]) }, 'nothing-to-learn-from'],
])('a training with %p is refused', async (options, code) => {
  await expect(train(options)).rejects.toMatchObject({ code });
});
