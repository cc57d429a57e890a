import { tensor, type Tensor } from '@offerstream/onnx';
import { openSession } from '@offerstream/onnx-runtime';
import { VisionError } from '../errors.js';
import { efficientNetLite0 } from './efficientnet-lite0.js';

/** Names and shapes of the weights, as the network is described in EfficientNet's Table 1. */
const shapes = (): ReadonlyMap<string, readonly number[]> => {
  const all = new Map<string, readonly number[]>();
  const layer = (name: string, normalisation: string, shape: readonly [number, ...number[]]): void => {
    all.set(`${name}.weight`, shape);
    for (const which of ['weight', 'bias', 'running_mean', 'running_var'])
      all.set(`${normalisation}.${which}`, [shape[0]]);
  };
  layer('_conv_stem', '_bn0', [32, 3, 3, 3]);
  // Kernel and channels of each of the sixteen blocks.
  const blocks = [
    [3, 16],
    [3, 24],
    [3, 24],
    [5, 40],
    [5, 40],
    [3, 80],
    [3, 80],
    [3, 80],
    [5, 112],
    [5, 112],
    [5, 112],
    [5, 192],
    [5, 192],
    [5, 192],
    [5, 192],
    [3, 320],
  ] as const;
  let before = 32;
  for (const [i, [kernel, channels]] of blocks.entries()) {
    const inner = i === 0 ? before : 6 * before;
    if (i > 0) layer(`_blocks.${i}._expand_conv`, `_blocks.${i}._bn0`, [inner, before, 1, 1]);
    layer(`_blocks.${i}._depthwise_conv`, `_blocks.${i}._bn1`, [inner, 1, kernel, kernel]);
    layer(`_blocks.${i}._project_conv`, `_blocks.${i}._bn2`, [channels, inner, 1, 1]);
    before = channels;
  }
  layer('_conv_head', '_bn1', [1280, 320, 1, 1]);
  return all;
};

/** Weights under which activations neither vanish nor grow; the same ones every time. */
const weights = (): Map<string, Tensor<'float32'>> => {
  let seed = 1;
  const next = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return new Map(
    [...shapes()].map(([name, shape]) => {
      const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
      const isPositive = name.endsWith('running_var') || (shape.length === 1 && name.endsWith('.weight'));
      const spread = shape.length === 1 ? 1 : Math.sqrt(12 / inputs);
      const data = Float32Array.from({ length: inputs * (shape[0] ?? 0) }, () =>
        isPositive ? 0.5 + next() : (next() - 0.5) * spread,
      );
      return [name, tensor('float32', shape, data)];
    }),
  );
};

const PIXELS = 224 * 224 * 3;
const photo = (seed: number): Uint8Array =>
  Uint8Array.from({ length: PIXELS }, (_, i) => (i * seed + Math.floor(i / 672) * 7) % 256);

const embeddingsOf = async (
  of: ReadonlyMap<string, Tensor>,
  ...photos: readonly Uint8Array[]
): Promise<readonly Float32Array[]> => {
  const session = await openSession(efficientNetLite0(of).toBuffer());
  const pixels = Uint8Array.from(Buffer.concat(photos));
  const { embedding } = await session.run({
    pixels: { dtype: 'uint8', dims: [photos.length, 224, 224, 3], data: pixels },
  });
  await session.close();
  expect(embedding?.dims).toEqual([photos.length, 1280]);
  return photos.map((_, row) => (embedding?.data as Float32Array).slice(1280 * row, 1280 * (row + 1)));
};

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

test('each photo of a batch has its own embedding of unit length', async () => {
  const [first, second] = [photo(3), new Uint8Array(PIXELS).fill(250)];
  const [one, two] = (await embeddingsOf(weights(), first, second)) as [Float32Array, Float32Array];
  const [alone] = (await embeddingsOf(weights(), second)) as [Float32Array];
  expect(cosine(one, one)).toBeCloseTo(1, 5);
  expect(cosine(two, alone)).toBeCloseTo(1, 5);
  expect(cosine(one, two)).toBeLessThan(0.999);
});

test('a batch normalisation counts as it would on its own', async () => {
  const [before] = (await embeddingsOf(weights(), photo(3))) as [Float32Array];
  // Activations twice as large, with twice the mean and four times the variance, are the same after it. ε = 0.001 is part of the variance.
  const scaled = weights();
  const change = (name: string, by: (value: number) => number): void => {
    const { shape, data } = scaled.get(name) as Tensor<'float32'>;
    scaled.set(name, tensor('float32', shape, data.map(by)));
  };
  for (const [name, normalisation] of [
    ['_conv_stem', '_bn0'],
    ['_blocks.5._depthwise_conv', '_blocks.5._bn1'],
  ] as const) {
    change(`${name}.weight`, (value) => 2 * value);
    change(`${normalisation}.running_mean`, (value) => 2 * value);
    change(`${normalisation}.running_var`, (value) => 4 * (value + 1e-3) - 1e-3);
  }
  const [after] = (await embeddingsOf(scaled, photo(3))) as [Float32Array];
  expect(cosine(before, after)).toBeCloseTo(1, 5);
  // What it adds is all that is left where kernels are zero; activations end at 0 and 6.
  const silent = weights();
  const bias = Float32Array.from({ length: 1280 }, (_, c) => (c % 20) - 5);
  silent.set('_conv_head.weight', tensor('float32', [1280, 320, 1, 1], new Float32Array(1280 * 320)));
  silent.set('_bn1.running_mean', tensor('float32', [1280], new Float32Array(1280)));
  silent.set('_bn1.bias', tensor('float32', [1280], bias));
  const [constant] = (await embeddingsOf(silent, photo(3))) as [Float32Array];
  const expected = bias.map((value) => Math.min(6, Math.max(0, value)));
  expect(cosine(constant, expected) / Math.hypot(...expected)).toBeCloseTo(1, 6);
});

test.each<[string, (all: Map<string, Tensor>) => void, string]>([
  [
    'one is missing',
    (all) => all.delete('_blocks.7._bn1.running_var'),
    '"_blocks.7._bn1.running_var" should be float32 [480], and is nothing',
  ],
  [
    'one has another shape',
    (all) => all.set('_conv_head.weight', tensor('float32', [1280, 192, 1, 1], new Float32Array(1280 * 192))),
    '"_conv_head.weight" should be float32 [1280, 320, 1, 1], and is float32 [1280, 192, 1, 1]',
  ],
  [
    'one has another type',
    (all) => all.set('_bn0.bias', tensor('int64', [32], new BigInt64Array(32))),
    '"_bn0.bias" should be float32 [32], and is int64 [32]',
  ],
])('weights of which %s are refused with its name', (_, change, message) => {
  const all: Map<string, Tensor> = weights();
  change(all);
  expect(() => efficientNetLite0(all)).toThrow(VisionError);
  expect(() => efficientNetLite0(all)).toThrow(message);
});
