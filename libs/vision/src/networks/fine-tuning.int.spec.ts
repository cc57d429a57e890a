import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@offerstream/autodiff';
import { tensorBytes } from '@offerstream/onnx-runtime';
import { abortedAfter } from '@offerstream/testing';
import { readTorchWeights } from '../torch/read-torch-weights.js';
import { stateDictFile } from '../torch/torch-files.fixture.js';
import { resNet18 } from './resnet18.js';
import { resNet18Weights } from './resnet18-weights.js';
import { drawnShapes, SHAPES } from './shapes.fixture.js';
import { torchResNet18 } from './torch-resnet18.fixture.js';
import { trainImageNetwork, type ImageTrainingOptions } from './train-image-network.js';

const SIDE = 32;
const weights = resNet18Weights(readTorchWeights(stateDictFile(torchResNet18())));
const random = new SeededRandom(1).next;
const train = drawnShapes(12, SIDE, random);
const validation = drawnShapes(6, SIDE, random);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fine-tuning-'));
});
afterEach(() => rm(folder, { recursive: true }));

const fineTune = (options: Partial<ImageTrainingOptions> = {}) =>
  trainImageNetwork({
    network: resNet18({ side: SIDE, weights, learning: 2 }),
    classes: SHAPES,
    train,
    validation,
    resize: 'fill',
    seed: 3,
    epochs: 1,
    batch: 4,
    checkpoints: folder,
    now: () => 0,
    ...options,
  });

test('of a network whose last blocks are fine-tuned all others stay bit for bit', async () => {
  const served = (await fineTune()).model.toBuffer();
  const kept = Object.entries(weights).flatMap(([name, tensor]) =>
    served.includes(Buffer.from(tensorBytes(tensor))) ? [name] : [],
  );
  expect(kept).toEqual(Object.keys(weights).filter((name) => !name.startsWith('layer4')));
});

test('an interrupted fine-tuning goes on to the same bytes', async () => {
  const unbroken = await fineTune({ checkpoints: join(folder, 'unbroken') });
  const { complete } = await fineTune({ signal: abortedAfter(2) });
  expect(complete).toBe(false);
  const resumed: number[] = [];
  const { model } = await fineTune({ onResume: ({ step }) => resumed.push(step) });
  expect(resumed).toEqual([2]);
  expect(model.toBuffer().equals(unbroken.model.toBuffer())).toBe(true);
});
