import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeVersion } from '@offerstream/learning';
import { Graph, op, tensor } from '@offerstream/onnx';
import { backboneOf, imageModelFiles, PIXEL_NORMALISATIONS } from '@offerstream/vision';
import { networkFor } from './network-for.js';

let folder: string;
let repository: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'network-for-'));
  repository = join(folder, 'models');
});
afterEach(() => rm(folder, { recursive: true }));

/** The mean of each colour, and a last layer of two classes. */
const classifier = (): Buffer => {
  const graph = new Graph('classifier');
  const photo = graph.input('photo', 'float32', ['B', 3, 4, 4]);
  const weights = graph.initializer('last', tensor('float32', [3, 2], Float32Array.of(1, 0, 0, 1, 1, 1)));
  graph.output('scores', op.matMul(op.reshape(op.globalAveragePool(photo), ['B', 3]), weights));
  return graph.model().toBuffer();
};
const store = async (name: string, classes?: readonly string[]) => {
  const { description, model } = await backboneOf(classifier(), { normalisation: PIXEL_NORMALISATIONS.unit });
  const described = classes === undefined ? description : { ...description, classes: [...classes], priors: [0.5, 0.5] };
  return storeVersion(repository, name, imageModelFiles(described, model));
};
const asked = (backbone?: string) => ({ normalisation: 'unit' as const, ...(backbone !== undefined && { backbone }) });

test('without a backbone the features are handcrafted', async () => {
  const { network, backbone } = await networkFor(asked(), repository);
  expect([network.input, backbone]).toEqual([{ kind: 'handcrafted' }, undefined]);
});

test('a network comes from the repository by its name, or from a file', async () => {
  await store('colours');
  const file = join(folder, 'other.onnx');
  await writeFile(file, classifier());
  for (const [wanted, name] of [
    ['colours', 'colours'],
    [file, 'other'],
  ] as const) {
    const { network, backbone } = await networkFor(asked(wanted), repository);
    expect([backbone, network.parts, network.input]).toEqual([
      name,
      [3],
      { kind: 'pixels', width: 4, height: 4, resize: 'fill' },
    ]);
  }
});

test('a classifier of the repository, and what is nowhere, are refused', async () => {
  await store('demo.vision', ['hat', 'shoe']);
  for (const [wanted, part] of [
    ['demo.vision', 'a classifier of its own'],
    ['gone', 'neither a network gone'],
  ] as const) {
    await expect(networkFor(asked(wanted), repository)).rejects.toMatchObject({
      code: 'no-backbone',
      message: expect.stringContaining(part) as string,
    });
  }
});
