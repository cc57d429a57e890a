import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EditableModel, Graph, op } from '@offerstream/onnx';
import { openSession, type Tensor } from '@offerstream/onnx-runtime';
import { referenceData, skipUnless } from '@offerstream/testing';
import { IMAGE_MODEL } from '../stored/image-model-description.js';
import { classifier, SIDE, type ClassifierShape } from './classifier.fixture.js';
import { backboneOf, FEATURES, photoNetworkOf, type BackboneOptions } from './photo-network.js';
import { PIXEL_NORMALISATIONS } from './pixel-normalisation.js';

const SIGNED = { normalisation: PIXEL_NORMALISATIONS.signed };
const PIXELS = Uint8Array.from({ length: 2 * SIDE * SIDE * 3 }, (_, i) => (i * 53) % 256);

const run = async (model: Uint8Array, feeds: Readonly<Record<string, Tensor>>) => {
  const session = await openSession(model);
  const results = await session.run(feeds);
  await session.close();
  return (name: string) => ({ dims: results[name]?.dims, values: [...((results[name]?.data ?? []) as Float32Array)] });
};
const ofPixels = (model: Uint8Array, photos = 2) =>
  run(model, {
    [IMAGE_MODEL.pixels]: {
      dtype: 'uint8',
      dims: [photos, SIDE, SIDE, 3],
      data: PIXELS.subarray(0, photos * SIDE * SIDE * 3),
    },
  });

/** What the classifier itself makes of the first photo, normalised here. */
const inside = async (
  shape: ClassifierShape,
  value: string,
  normalise: (pixel: number, channel: number) => number,
  order = [0, 1, 2],
) => {
  const model = EditableModel.read(classifier(shape));
  const probe = new Graph('probe');
  probe.output('probed', op.relu(probe.input(value, 'float32', ['B', 'D'])));
  model.append(probe);
  const first = shape.layout !== 'channels last';
  const data = new Float32Array(SIDE * SIDE * 3);
  for (let place = 0; place < SIDE * SIDE; place++) {
    order.forEach((channel, c) => {
      data[first ? c * SIDE * SIDE + place : place * 3 + c] = normalise(PIXELS[place * 3 + channel] as number, c);
    });
  }
  const dims = first ? [1, 3, SIDE, SIDE] : [1, SIDE, SIDE, 3];
  return (await run(model.model().toBuffer(), { photo: { dtype: 'float32', dims, data } }))('probed').values;
};
const toUnit = (values: readonly number[]) => {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};
const expectClose = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 5));
};
/** The value that goes into the last layer. */
const pooledName = (bytes: Uint8Array) =>
  EditableModel.read(bytes).nodes.find(({ operator }) => operator === 'Gemm')?.inputs[0] ?? '';

test.each(['channels first', 'channels last'] as const)(
  'a classifier with %s loses its last layer, takes bytes and batches of any size',
  async (layout) => {
    const { description, model } = await backboneOf(classifier({ layout }), SIGNED);
    expect(description).toEqual({
      input: { kind: 'pixels', width: SIDE, height: SIDE, resize: 'fill' },
      embedding: { dimensions: 7 },
    });
    const { dims, values } = (await ofPixels(model.toBuffer()))(IMAGE_MODEL.embedding);
    expect(dims).toEqual([2, 7]);
    const expected = await inside({ layout }, pooledName(classifier({ layout })), (pixel) => (pixel - 127) / 128);
    expectClose(values.slice(0, 7), toUnit(expected));
    expect(EditableModel.read(model.toBuffer()).initializers.map(({ name }) => name)).not.toContain('last');
  },
);

test('blue comes first, and each channel has its own mean and deviation, where that is said', async () => {
  const mean = [10, 20, 30] as const;
  const deviation = [2, 4, 8] as const;
  const { model } = await backboneOf(classifier(), { normalisation: { channels: 'bgr', mean, deviation } });
  const normalise = (pixel: number, c: number) => (pixel - (mean[c] as number)) / (deviation[c] as number);
  const expected = await inside({}, pooledName(classifier()), normalise, [2, 1, 0]);
  expectClose((await ofPixels(model.toBuffer(), 1))(IMAGE_MODEL.embedding).values, toUnit(expected));
});

test('a last layer that is a convolution gives the mean of the map that it takes', async () => {
  const { description, model } = await backboneOf(classifier({ lastLayer: 'conv' }), SIGNED);
  expect(description.embedding.dimensions).toBe(8);
  const joined = EditableModel.read(classifier()).nodes.find(({ operator }) => operator === 'Concat')?.outputs[0] ?? '';
  const map = await inside({}, joined, (pixel) => (pixel - 127) / 128);
  const means = Array.from({ length: 8 }, (_, c) =>
    map.slice(c * 9, c * 9 + 9).reduce((sum, value) => sum + value / 9, 0),
  );
  expectClose((await ofPixels(model.toBuffer(), 1))(IMAGE_MODEL.embedding).values, toUnit(means));
});

test('features are the embedding, the deepest map from top to bottom, and the mean of the one before, each of unit length', async () => {
  const { parts, graph } = await photoNetworkOf(classifier(), SIGNED);
  expect(parts).toEqual([7, 8 * 3, 4]);
  const { values } = (await ofPixels(graph.model().toBuffer(), 1))(FEATURES);
  const joined = EditableModel.read(classifier()).nodes.find(({ operator }) => operator === 'Concat')?.outputs[0] ?? '';
  const map = await inside({}, joined, (pixel) => (pixel - 127) / 128);
  // Its three rows are the three bands.
  const bands = Array.from({ length: 24 }, (_, at) => {
    const row = map.slice(at * 3, at * 3 + 3);
    return row.reduce((sum, value) => sum + value / 3, 0);
  });
  expectClose(values.slice(7, 31), toUnit(bands));
  expect(Math.hypot(...values.slice(31))).toBeCloseTo(1, 5);
});

test('a network that takes bytes already, as one of the repository, is looked into as it is', async () => {
  const { model } = await backboneOf(classifier(), SIGNED);
  const { parts, graph } = await photoNetworkOf(model.toBuffer(), {});
  expect(parts).toEqual([7, 24, 4]);
  const whole = await ofPixels(graph.model().toBuffer());
  expectClose(whole(IMAGE_MODEL.embedding).values, (await ofPixels(model.toBuffer()))(IMAGE_MODEL.embedding).values);
});

const noPhotos = (): Buffer => {
  const graph = new Graph('rows');
  graph.output('y', op.relu(graph.input('x', 'float32', ['B', 3])));
  return graph.model().toBuffer();
};

test.each<[string, () => Uint8Array, BackboneOptions, string, string]>([
  ['a model of something else', noPhotos, SIGNED, 'model-unusable', 'x float32 [B, 3]'],
  ['a model without a last layer', () => headless(), SIGNED, 'model-unusable', '--cut-at'],
  [
    'a value that is no embedding',
    () => classifier(),
    { ...SIGNED, cutAt: 'last' },
    'model-unusable',
    '"last" is [5, 7]',
  ],
  [
    'a batch of one within the graph',
    () => classifier({ fixedBatch: true }),
    SIGNED,
    'model-unusable',
    'dynamic batch',
  ],
  ['a file that is no model', () => Buffer.from('<html>'), SIGNED, 'not-onnx', 'ONNX'],
])('%s is refused with the reason', async (_, bytes, options, code, part) => {
  await expect(photoNetworkOf(bytes(), options)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(part) as string,
  });
});

const headless = (): Buffer => {
  const graph = new Graph('headless');
  graph.output('y', op.exp(graph.input('x', 'float32', ['B', 3, SIDE, SIDE])));
  return graph.model().toBuffer();
};

const data = referenceData();
skipUnless(data !== undefined, 'OFFERSTREAM_REFERENCE_DATA names no folder of recorded data')('real networks', () => {
  test.each([
    ['SqueezeNet_fp32_converted.onnx', 'bgr-bytes', [512, 3 * 512, 384, 256]],
    ['efficientnet-lite0.onnx', 'signed', [1280, 3 * 192, 112, 80]],
  ] as const)(
    '%s',
    async (file, normalisation, expected) => {
      const bytes = await readFile(join(data ?? '', 'onnx', file));
      const { parts, input } = await photoNetworkOf(bytes, { normalisation: PIXEL_NORMALISATIONS[normalisation] });
      expect([parts, input]).toEqual([expected, { kind: 'pixels', width: 224, height: 224, resize: 'fill' }]);
    },
    60_000,
  );
});
