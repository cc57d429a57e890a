import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCheckpoint, SeededRandom } from '@offerstream/autodiff';
import { openSession } from '@offerstream/onnx-runtime';
import { abortedAfter } from '@offerstream/testing';
import { IMAGE_MODEL } from '../stored/image-model-description.js';
import { posterior } from '../stored/posterior.js';
import { pixelsOf } from './image-batch.js';
import { drawnShapes, SHAPES } from './shapes.fixture.js';
import { smallCnn } from './small-cnn.js';
import { trainImageNetwork, type ImageTrainingOptions } from './train-image-network.js';

const network = smallCnn();
const random = new SeededRandom(1).next;
const train = drawnShapes(96, network.side, random);
const validation = drawnShapes(30, network.side, random);
const unseen = drawnShapes(60, network.side, random);
/** Of 32 images each. */
const STEPS_AN_EPOCH = 3;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-network-'));
});
afterEach(() => rm(folder, { recursive: true }));

const learn = (options: Partial<ImageTrainingOptions> = {}) =>
  trainImageNetwork({
    network,
    classes: SHAPES,
    train,
    validation,
    resize: 'cover',
    seed: 3,
    epochs: 2,
    checkpoints: folder,
    now: () => 0,
    ...options,
  });

const elsewhere = () => mkdtemp(join(folder, 'other-'));

describe('a small network that is trained from nothing', () => {
  test('tells shapes apart that it has not seen, and is as sure as it is right', async () => {
    const { model, description, validationAccuracy, epochs, complete } = await learn({ epochs: 12 });
    expect(complete).toBe(true);
    expect(validationAccuracy).toBe(Math.max(...epochs.map((epoch) => epoch.validationAccuracy)));
    expect(description).toEqual({
      input: { kind: 'pixels', width: 64, height: 64, resize: 'cover' },
      embedding: { dimensions: 128 },
      classes: ['bar', 'disc', 'frame'],
      priors: [1 / 3, 1 / 3, 1 / 3],
      head: 'network',
    });

    const session = await openSession(model.toBuffer());
    const results = await session.run(pixelsOf(unseen, [...unseen.images.keys()]));
    await session.close();
    const [embedding, logLikelihoods] = [IMAGE_MODEL.embedding, IMAGE_MODEL.logLikelihoods].map(
      (name) => results[name]?.data as Float32Array,
    ) as [Float32Array, Float32Array];
    let loss = 0;
    const right = unseen.labels.filter((label, row) => {
      const shares = posterior(logLikelihoods.subarray(row * 3, row * 3 + 3), description.priors ?? []);
      loss -= Math.log(shares[label] ?? 0) / unseen.labels.length;
      return (shares[label] ?? 0) > 0.5;
    });
    expect(right.length / unseen.labels.length).toBeGreaterThan(0.9);
    expect(loss).toBeLessThan(0.35);
    for (const row of unseen.labels.keys())
      expect(Math.hypot(...embedding.subarray(row * 128, (row + 1) * 128))).toBeCloseTo(1, 5);
  });

  test('priors are the shares of what it learned from, and what it says does not have them in it', async () => {
    const kept = train.labels.map((label, row) => label !== 0 || row < 24);
    const uneven = {
      images: train.images.filter((_, row) => kept[row]),
      labels: train.labels.filter((_, row) => kept[row]),
    };
    const { model, description } = await learn({ epochs: 1, train: uneven });
    expect(description.priors).toEqual([9, 33, 33].map((count) => expect.closeTo(count / 75, 6) as number));
    const session = await openSession(model.toBuffer());
    const results = await session.run(pixelsOf(unseen, [0]));
    await session.close();
    const logLikelihoods = [...(results[IMAGE_MODEL.logLikelihoods]?.data as Float32Array)];
    const shares = logLikelihoods.map((value, c) => Math.exp(value) * (description.priors?.[c] ?? 0));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });

  test('goes on after an interruption, in the middle of an epoch too, and has the same bytes as if it had never stopped', async () => {
    const unbroken = await learn({ checkpoints: await elsewhere() });
    for (const steps of [1, STEPS_AN_EPOCH]) {
      expect(await learn({ signal: abortedAfter(steps) })).toMatchObject({ complete: false });
    }
    const resumed: unknown[] = [];
    const { model, ...others } = await learn({ onResume: (from) => resumed.push(from) });
    expect(resumed).toEqual([{ step: 1 + STEPS_AN_EPOCH, epoch: 2 }]);
    expect(others).toEqual({ ...unbroken, model: undefined, complete: true });
    expect(model.toBuffer().equals(unbroken.model.toBuffer())).toBe(true);
  });

  test('goes on from its last checkpoint after the process was killed', async () => {
    const unbroken = await learn({ checkpoints: await elsewhere() });
    let looks = 0;
    const killed = () => {
      // Twice a step: in the second step of the second epoch.
      if ((looks += 1) > 2 * (STEPS_AN_EPOCH + 1)) throw new Error('killed');
      return 0;
    };
    await expect(learn({ now: killed })).rejects.toThrow('killed');
    const { model } = await learn();
    expect(model.toBuffer().equals(unbroken.model.toBuffer())).toBe(true);
  });

  test('one and two threads give the same bytes, another seed others', async () => {
    const models = [];
    for (const options of [{ threads: 1 }, { threads: 2 }, { seed: 4 }]) {
      models.push((await learn({ ...options, epochs: 1, checkpoints: await elsewhere() })).model.toBuffer());
    }
    expect(models[1]?.equals(models[0] as Buffer)).toBe(true);
    expect(models[2]?.equals(models[0] as Buffer)).toBe(false);
  });

  test('ends with the step where numbers stop being finite, and what was good stays', async () => {
    await learn({ signal: abortedAfter(STEPS_AN_EPOCH + 1) });
    const { images, labels } = train;
    const broken = smallCnn();
    await expect(
      learn({
        network: {
          ...broken,
          normalisation: { ...broken.normalisation, mean: [NaN, NaN, NaN] },
        },
        train: { images, labels },
      }),
    ).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining(`step ${STEPS_AN_EPOCH + 2}:`) as string,
    });
    for (const [name, step] of [
      ['last', STEPS_AN_EPOCH + 1],
      ['best', STEPS_AN_EPOCH],
    ]) {
      expect(await readCheckpoint(join(folder, `${name}.checkpoint`))).toMatchObject({ step });
    }
  });
});

test.each<[Partial<ImageTrainingOptions>, string]>([
  [{ seed: 4 }, 'seed 3, not 4'],
  [{ learningRate: 0.1 }, 'learningRate'],
  [{ augmentation: { flip: false, shift: 0 } }, 'augmentation'],
  [{ train: { ...train, labels: train.labels.map((label) => 2 - label) } }, 'train'],
  [{ validation: train }, 'validation'],
])('the checkpoints of another training are refused: %#', async (other, message) => {
  await learn({ epochs: 1 });
  await expect(learn({ epochs: 1, ...other })).rejects.toMatchObject({
    code: 'checkpoint-mismatch',
    message: expect.stringContaining(message) as string,
  });
});

test.each<[Partial<ImageTrainingOptions>, string]>([
  [{ epochs: 0 }, 'not 0'],
  [{ epochs: 1.5 }, 'not 1.5'],
  [{ batch: 1 }, 'two photos'],
  [{ classes: ['only'] }, 'two classes'],
  [{ classes: [...SHAPES, 'ring'] }, '"ring" has none'],
  [{ validation: { images: [], labels: [] } }, 'others to validate on'],
  [{ train: drawnShapes(6, 32, random) }, '64 x 64 pixels, not 32 x 32'],
])('what can’t be trained is refused: %#', async (options, message) => {
  await expect(learn(options)).rejects.toMatchObject({
    code: 'bad-option',
    message: expect.stringContaining(message) as string,
  });
});
