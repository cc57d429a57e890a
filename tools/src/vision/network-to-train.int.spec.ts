import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networkToTrain } from './network-to-train.js';

test('there are a small network and ResNet18 to train, and nothing where features are handcrafted', async () => {
  expect(await networkToTrain({ kind: 'handcrafted' })).toBeUndefined();
  expect(await networkToTrain({ kind: 'cnn' })).toMatchObject({ kind: 'cnn', side: 64 });
  expect(await networkToTrain({ kind: 'resnet18' })).toMatchObject({ kind: 'resnet18', side: 64 });
  expect(await networkToTrain({ kind: 'resnet18', side: 96 })).toMatchObject({ side: 96, sizes: { learning: 'all' } });
});

test('weights that are none are refused before photos are looked at', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weights-'));
  try {
    const weights = join(folder, 'resnet18.pth');
    await expect(networkToTrain({ kind: 'resnet18', weights })).rejects.toMatchObject({ code: 'unreadable' });
    await writeFile(weights, 'none');
    await expect(networkToTrain({ kind: 'resnet18', weights })).rejects.toMatchObject({ code: 'not-torch' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
