import { Graph } from '@offerstream/onnx';
import { dataOf, openSession, type Tensor } from '@offerstream/onnx-runtime';
import { adamStep, type AdamOptions } from './adam.js';

const SIZE = 3;

const float32 = (dims: readonly number[], data: ArrayLike<number>): Tensor => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from(data),
});

/** Adam as its paper writes it (Algorithm 1), with decoupled weight decay and clipping. */
const reference = (
  gradients: readonly (readonly number[])[],
  rate: number,
  options: Required<AdamOptions>,
): number[] => {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = options;
  const value = [1, -2, 3];
  const first = [0, 0, 0];
  const second = [0, 0, 0];
  gradients.forEach((gradient, index) => {
    const step = index + 1;
    const norm = Math.hypot(...gradient);
    gradient.forEach((raw, i) => {
      const g = raw * Math.min(1, clipNorm / norm);
      first[i] = beta1 * (first[i] as number) + (1 - beta1) * g;
      second[i] = beta2 * (second[i] as number) + (1 - beta2) * g * g;
      const mean = first[i] / (1 - beta1 ** step);
      const square = second[i] / (1 - beta2 ** step);
      value[i] = (value[i] as number) * (1 - rate * weightDecay) - (rate * mean) / (Math.sqrt(square) + epsilon);
    });
  });
  return value;
};

const inGraph = async (
  gradients: readonly (readonly number[])[],
  rate: number,
  options: AdamOptions,
  shape: readonly number[],
): Promise<Float32Array> => {
  const graph = new Graph('adam');
  const input = (name: string) => graph.input(name, 'float32', shape);
  const state = { value: input('value'), gradient: input('gradient'), first: input('first'), second: input('second') };
  const [step, learningRate] = [graph.input('step', 'float32', []), graph.input('rate', 'float32', [])];
  const [next] = adamStep([state], learningRate, step, options).next;
  for (const [name, value] of Object.entries(next ?? {})) graph.output(`next ${name}`, value);
  const session = await openSession(graph.model().toBuffer());
  let [value, first, second] = [Float32Array.of(1, -2, 3), new Float32Array(SIZE), new Float32Array(SIZE)];
  for (const [index, gradient] of gradients.entries()) {
    const results = await session.run({
      ...Object.fromEntries(Object.entries({ value, first, second, gradient }).map(([k, v]) => [k, float32(shape, v)])),
      step: float32([], [index + 1]),
      rate: float32([], [rate]),
    });
    [value, first, second] = ['value', 'first', 'second'].map(
      (name) => dataOf(results, `next ${name}`, 'float32') as Float32Array<ArrayBuffer>,
    ) as [typeof value, typeof first, typeof second];
  }
  await session.close();
  return value;
};

const GRADIENTS = [
  [0.5, -3, 1e-4],
  [1.5, 2, 0],
  [-0.2, 40, 3e-3],
];

test.each<[string, AdamOptions, Required<AdamOptions>]>([
  ['by default', {}, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: Infinity }],
  [
    'with every option',
    { beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1, clipNorm: 1 },
    { beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1, clipNorm: 1 },
  ],
])('Adam %s moves as in its paper', async (_, options, complete) => {
  const expected = reference(GRADIENTS, 0.05, complete);
  const found = await inGraph(GRADIENTS, 0.05, options, [1, SIZE]);
  expect([...found]).toEqual(expected.map((value) => expect.closeTo(value, 5) as number));
});

test('weight decay leaves vectors alone', async () => {
  const decayed = await inGraph(GRADIENTS, 0.05, { weightDecay: 0.5 }, [SIZE]);
  expect(decayed).toEqual(await inGraph(GRADIENTS, 0.05, {}, [SIZE]));
});

test('a gradient of zeros changes nothing, clipped or not', async () => {
  expect(await inGraph([[0, 0, 0]], 0.05, { clipNorm: 1 }, [SIZE])).toEqual(Float32Array.of(1, -2, 3));
});
