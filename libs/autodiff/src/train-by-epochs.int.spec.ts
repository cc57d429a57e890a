import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { op } from '@offerstream/onnx';
import { abortedAfter } from '@offerstream/testing';
import { constant, readCheckpoint, SeededRandom, Trainer } from './index.js';
import { trainByEpochs, type EpochReport, type EpochTrainingOptions } from './train-by-epochs.js';

let folder = '';
let trainer: Trainer;
let time = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'epochs-'));
  time = 0;
  trainer = await Trainer.open({
    // The mean distance of numbers from one that is learned.
    model: (graph, parameters) => {
      const learned = parameters.get('learned', [1], constant(0));
      const distance = op.sub(graph.input('numbers', 'float32', ['N']), learned);
      return { loss: op.reduceMean(op.mul(distance, distance), [0], { keepDims: false }) };
    },
    random: new SeededRandom(1).next,
  });
});
afterEach(async () => {
  await trainer.close();
  await rm(folder, { recursive: true });
});

const STEPS = 9;
const STEP_MS = 800;
const VALIDATION_MS = 60_000;

const train = async (options: Partial<EpochTrainingOptions> = {}) => {
  const reports: EpochReport[] = [];
  const result = await trainByEpochs({
    trainer,
    epochs: 2,
    learningRate: 0.1,
    patience: 5,
    seed: 1,
    checkpoints: folder,
    settings: {},
    epoch: () => ({
      steps: STEPS,
      batch: () => {
        time += STEP_MS;
        return { feeds: { numbers: { dtype: 'float32', dims: [2], data: Float32Array.of(1, 3) } }, predictions: 2 };
      },
    }),
    validate: () => {
      time += VALIDATION_MS;
      return Promise.resolve(1);
    },
    now: () => time,
    onReport: (report) => reports.push(report),
    ...options,
  });
  return { result, reports };
};

test('reports come every two seconds and at an epoch’s end, with the speed of the steps alone', async () => {
  const { reports } = await train({ epochs: 1 });
  expect(reports.map(({ step, validationLoss }) => [step, validationLoss])).toEqual([
    [3, undefined],
    [6, undefined],
    [9, 1],
  ]);
  for (const { predictionsPerSecond } of reports) expect(predictionsPerSecond).toBeCloseTo(2_000 / STEP_MS, 9);
});

test('what ends in the last step of an epoch is validated when it goes on', async () => {
  const signal = abortedAfter(STEPS);
  expect((await train({ signal })).result).toMatchObject({ complete: false, epochs: [] });
  const { result, reports } = await train();
  expect(result.epochs).toEqual([1, 2].map((epoch) => ({ epoch, validationLoss: 1 })));
  expect(reports[0]).toEqual({ step: STEPS, steps: 2 * STEPS, epoch: 1, validationLoss: 1, predictionsPerSecond: 0 });
});

test.each([NaN, Infinity])('a held-out loss of %p stops it, and the checkpoints before stay', async (loss) => {
  await expect(
    train({
      validate: () => Promise.resolve(trainer.stepsDone === STEPS ? 1 : loss),
    }),
  ).rejects.toMatchObject({ code: 'not-finite', message: expect.stringContaining(`step ${2 * STEPS}:`) as string });
  for (const name of ['last', 'best']) {
    expect(await readCheckpoint(join(folder, `${name}.checkpoint`))).toMatchObject({ step: STEPS });
  }
});
