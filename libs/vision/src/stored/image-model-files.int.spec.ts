import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Graph, op, type OnnxModel } from '@offerstream/onnx';
import { openSession, type Tensor } from '@offerstream/onnx-runtime';
import { RED, twoHalves } from '../images/photos.fixture.js';
import { IMAGE_MODEL, type ImageModelDescription } from './image-model-description.js';
import { imageModelFiles, readImageModel } from './image-model-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-model-'));
});
afterEach(() => rm(folder, { recursive: true }));

const COLOURS: ImageModelDescription = {
  input: { kind: 'pixels', width: 4, height: 2, resize: 'fill' },
  embedding: { dimensions: 3 },
  classes: ['red', 'green', 'blue'],
  priors: [0.25, 0.25, 0.5],
  head: 'network',
};

/** The brightest channel of the left upper pixel. */
const colourGraph = (): OnnxModel => {
  const graph = new Graph('colours');
  const pixels = graph.input(IMAGE_MODEL.pixels, 'uint8', ['B', 2, 4, 3]);
  const first = op.slice(op.reshape(op.cast(pixels, 'float32'), ['B', 24]), 1, 0, 3);
  const length = op.sqrt(op.reduceSum(op.mul(first, first), [1], { keepDims: true }));
  graph.output(IMAGE_MODEL.embedding, op.div(first, length));
  graph.output(IMAGE_MODEL.logLikelihoods, op.div(first, 10));
  return graph.model();
};

const store = async (description: ImageModelDescription): Promise<void> => {
  const { served, beside } = imageModelFiles(description, colourGraph());
  await served.model.writeTo(join(folder, 'model.onnx'));
  for (const [name, content] of Object.entries(beside)) await writeFile(join(folder, name), content);
};

test('what was stored is read again, and a photo becomes what its graph takes', async () => {
  await store(COLOURS);
  const model = await readImageModel(folder);
  expect(model).toEqual({ ...COLOURS, inputOf: expect.any(Function) as unknown });
  const { name, shape, data } = await model.inputOf(await twoHalves(16, 8, RED, RED).png().toBuffer());
  const session = await openSession(join(folder, 'model.onnx'));
  const results = await session.run({ [name]: { dtype: 'uint8', dims: shape, data } as Tensor });
  await session.close();
  const [red, green, blue] = results[IMAGE_MODEL.logLikelihoods]?.data ?? [];
  expect([red, green, blue]).toEqual(RED.map((value) => expect.closeTo(value / 10, 3) as unknown));
});

test('what is said of the tensors is what the graph has', async () => {
  const { served } = imageModelFiles(COLOURS, colourGraph());
  const session = await openSession(served.model.toBuffer());
  const sizes = (shape: readonly (number | string)[]) => shape.map((size) => (typeof size === 'number' ? size : -1));
  expect(served.inputs).toEqual(
    session.inputs.map(({ name, shape }) => ({ name, type: 'TYPE_UINT8', dims: sizes(shape) })),
  );
  expect(served.outputs).toEqual(
    session.outputs.map(({ name, shape }) => ({ name, type: 'TYPE_FP32', dims: sizes(shape) })),
  );
  await session.close();
});

test('a backbone has no classes', async () => {
  const backbone: ImageModelDescription = { input: COLOURS.input, embedding: COLOURS.embedding };
  expect(imageModelFiles(backbone, colourGraph()).served.outputs.map(({ name }) => name)).toEqual(['embedding']);
  await store(backbone);
  expect(await readImageModel(folder)).toEqual({ ...backbone, inputOf: expect.any(Function) as unknown });
});

test.each<[string, unknown]>([
  ['of another format', { format: 2, ...COLOURS }],
  ['with a prior missing', { format: 1, ...COLOURS, priors: [0.5, 0.5] }],
  ['with priors that do not sum to 1', { format: 1, ...COLOURS, priors: [0.5, 0.5, 0.5] }],
  ['with classes of one name', { format: 1, ...COLOURS, classes: ['red', 'red', 'blue'] }],
  ['that is something else', ['red']],
])('a description %s is refused', async (_, description) => {
  await writeFile(join(folder, 'vision.json'), JSON.stringify(description));
  await expect(readImageModel(folder)).rejects.toMatchObject({ code: 'model-unusable' });
});

test('a folder without a description is none of an image model', async () => {
  await expect(readImageModel(folder)).rejects.toMatchObject({ code: 'file-unreadable' });
});
