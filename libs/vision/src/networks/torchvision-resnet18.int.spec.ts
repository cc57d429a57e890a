import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrainedParameters } from '@offerstream/autodiff';
import { Graph } from '@offerstream/onnx';
import { dataOf, openSession } from '@offerstream/onnx-runtime';
import { skipUnless } from '@offerstream/testing';
import { readTorchWeights } from '../torch/read-torch-weights.js';
import { resNet18 } from './resnet18.js';
import { resNet18Weights } from './resnet18-weights.js';

const SIDE = 64;
const IMAGES = 2;

/** A network by chance, whose normalisations do something; images by chance, and its features of them. */
const SAVE = `
import sys, torch, torchvision
folder, images, side = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(1)
network = torchvision.models.resnet18(weights=None).eval()
for layer in network.modules():
    if isinstance(layer, torch.nn.BatchNorm2d):
        for values, low, high in ((layer.weight, .8, 1.2), (layer.bias, -.1, .1), (layer.running_mean, -.2, .2), (layer.running_var, .8, 1.2)):
            torch.nn.init.uniform_(values, low, high)
torch.save(network.state_dict(), folder + '/resnet18.pth')
network.fc = torch.nn.Identity()
batch = torch.randn(images, 3, side, side)
with torch.no_grad(): features = network(batch)
for name, values in (('images', batch), ('features', features)): values.numpy().tofile(folder + '/' + name)
`;

const numbers = async (path: string): Promise<Float32Array> => new Float32Array((await readFile(path)).buffer);

skipUnless(spawnSync('python3', ['-c', 'import torchvision']).status === 0, 'python3 has no torchvision')(
  'torchvision’s ResNet18, as torch.save wrote it',
  () => {
    test('has the same features here', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'torchvision-'));
      try {
        const { status, stderr } = spawnSync('python3', ['-c', SAVE, folder, String(IMAGES), String(SIDE)], {
          encoding: 'utf8',
        });
        expect([status, stderr]).toEqual([0, '']);
        const weights = resNet18Weights(readTorchWeights(await readFile(join(folder, 'resnet18.pth'))));
        const graph = new Graph('resnet18');
        const input = graph.input('images', 'float32', [IMAGES, 3, SIDE, SIDE]);
        graph.output('features', resNet18({ side: SIDE }).features(new TrainedParameters(graph, weights), input));
        const session = await openSession(graph.model().toBuffer());
        const images = await numbers(join(folder, 'images'));
        const results = await session.run({
          images: { dtype: 'float32', dims: [IMAGES, 3, SIDE, SIDE], data: images },
        });
        await session.close();
        const features = await numbers(join(folder, 'features'));
        expect(features).toHaveLength(IMAGES * 512);
        const farthest = dataOf(results, 'features', 'float32').reduce(
          (most, value, i) => Math.max(most, Math.abs(value - (features[i] ?? NaN))),
          0,
        );
        expect(farthest).toBeLessThan(1e-4);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  },
);
