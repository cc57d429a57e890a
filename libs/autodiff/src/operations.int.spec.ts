import { Graph, op, type Value } from '@offerstream/onnx';
import { openSession, type Tensor } from '@offerstream/onnx-runtime';
import {
  causalBias,
  gelu,
  lstm,
  maskBias,
  negativeLogLikelihood,
  sampledNegativeLogLikelihood,
  scaledDotProductAttention,
  SeededRandom,
  weightedMean,
} from './index.js';
import { imageConvolution, imageMaximum } from './operations/image-windows.js';

type Single = Value<'float32'>;

const random = new SeededRandom(1);
const numbers = (count: number): number[] => Array.from({ length: count }, () => 2 * random.next() - 1);
const float32 = (dims: number[], data: number[]) =>
  ({ dtype: 'float32', dims, data: Float32Array.from(data) }) as const;
const int64 = (...data: number[]) =>
  ({ dtype: 'int64', dims: [data.length], data: BigInt64Array.from(data, BigInt) }) as const;

/** Declares the feeds as inputs of a graph, by name, and runs what `build` makes of them. */
const run = async (
  feeds: Readonly<Record<string, Tensor>>,
  build: (input: (name: string) => Single, positions: (name: string) => Value<'int64'>) => Value,
): Promise<number[]> => {
  const graph = new Graph('operations');
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, dims }]) => [
      name,
      graph.input(name, dtype as 'float32' | 'int64', dims),
    ]),
  );
  graph.output(
    'y',
    build(
      (name) => inputs[name] as Single,
      (name) => inputs[name] as Value<'int64'>,
    ),
  );
  const session = await openSession(graph.model().toBuffer());
  const { y } = await session.run(feeds);
  await session.close();
  return Array.from<number | bigint>(y?.data ?? []).map(Number);
};

const close = (values: number[]): number[] => values.map((value) => expect.closeTo(value, 4) as number);
const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
const logSumExp = (values: number[]): number => Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));

test('the negative log-likelihood is that of the softmax, for large logits too', async () => {
  const logits = float32([3, 3], [1, 2, 3, 0, 0, 0, 1000, 0, -1000]);
  const found = await run({ logits, targets: int64(0, 2, 2) }, (input, positions) =>
    negativeLogLikelihood(input('logits'), positions('targets')),
  );
  expect(found).toEqual(close([logSumExp([1, 2, 3]) - 1, Math.log(3), 2000]));
});

test('a weighted mean leaves out what has no weight', async () => {
  const feeds = { losses: float32([3], [1, 2, 100]), weights: float32([3], [1, 3, 0]) };
  expect(await run(feeds, (input) => weightedMean(input('losses'), input('weights')))).toEqual([1.75]);
});

test('GELU weighs by the normal distribution', async () => {
  const found = await run({ x: float32([4], [-10, -1, 0, 2]) }, (input) => gelu(input('x')));
  expect(found).toEqual(close([0, -0.158655, 0, 1.9545]));
});

test('sampled softmax corrects for how the negatives were drawn, and leaves out the target among them', async () => {
  const rows = [numbers(2), numbers(2)];
  const vectors = Array.from({ length: 4 }, () => numbers(2));
  const [targets, negatives] = [
    [2, 0],
    [2, 3, 1],
  ];
  const [logCounts, targetLogCounts] = [
    [-1, -2, -0.5],
    [-0.3, -0.7],
  ];
  const expected = rows.map((row, i) => {
    const target = targets[i] as number;
    const own = dot(row, vectors[target] as number[]) - (targetLogCounts[i] as number);
    const others = negatives.flatMap((negative, j) =>
      negative === target ? [] : [dot(row, vectors[negative] as number[]) - (logCounts[j] as number)],
    );
    return logSumExp([own, ...others]) - own;
  });
  const feeds = {
    rows: float32([2, 2], rows.flat()),
    vectors: float32([4, 2], vectors.flat()),
    targets: int64(...targets),
    classes: int64(...negatives),
    logCounts: float32([3], logCounts),
    targetLogCounts: float32([2], targetLogCounts),
  };
  const found = await run(feeds, (input, positions) =>
    sampledNegativeLogLikelihood(input('rows'), input('vectors'), positions('targets'), {
      classes: positions('classes'),
      logCounts: input('logCounts'),
      targetLogCounts: input('targetLogCounts'),
    }),
  );
  expect(found).toEqual(close(expected));
});

test('attention weighs what may be looked at by the products of query and key', async () => {
  const [query, key, value] = [numbers(6), numbers(6), numbers(6)];
  const pair = (list: number[], i: number): number[] => list.slice(2 * i, 2 * i + 2);
  // The last position may look at itself and the first, since the second is padding.
  const scores = [0, 2].map((i) => dot(pair(query, 2), pair(key, i)) / Math.SQRT2);
  const weights = scores.map((score) => Math.exp(score - logSumExp(scores)));
  const expected = [0, 1].map((i) => dot(weights, [pair(value, 0)[i] as number, pair(value, 2)[i] as number]));
  const feeds = {
    query: float32([1, 3, 2], query),
    key: float32([1, 3, 2], key),
    value: float32([1, 3, 2], value),
    mask: float32([1, 1, 3], [1, 0, 1]),
  };
  const found = await run(feeds, (input) => {
    const bias = op.add(maskBias(input('mask')), causalBias(input('query'), 1));
    return scaledDotProductAttention(input('query'), input('key'), input('value'), bias);
  });
  expect(found.slice(0, 2)).toEqual(close(pair(value, 0)));
  expect(found.slice(4)).toEqual(close(expected));
});

test('an LSTM is what its equations say', async () => {
  const [T, SIZE, INPUTS] = [3, 2, 3];
  const [x, input, recurrent, bias] = [numbers(T * INPUTS), numbers(INPUTS * 8), numbers(SIZE * 8), numbers(8)];
  let [hidden, cell] = [numbers(SIZE), numbers(SIZE)];
  const feeds = {
    x: float32([T, 1, INPUTS], x),
    input: float32([INPUTS, 8], input),
    recurrent: float32([SIZE, 8], recurrent),
    bias: float32([8], bias),
    hidden: float32([1, SIZE], hidden),
    cell: float32([1, SIZE], cell),
  };
  const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
  const column = (matrix: number[], j: number): number[] => matrix.filter((_, i) => i % 8 === j);
  const expected: number[] = [];
  for (let step = 0; step < T; step++) {
    const before = hidden;
    const gate = (j: number): number =>
      dot(x.slice(step * INPUTS, (step + 1) * INPUTS), column(input, j)) +
      dot(before, column(recurrent, j)) +
      (bias[j] as number);
    cell = cell.map((c, j) => sigmoid(gate(4 + j)) * c + sigmoid(gate(2 + j)) * Math.tanh(gate(j)));
    hidden = cell.map((c, j) => sigmoid(gate(6 + j)) * Math.tanh(c));
    expected.push(...hidden);
  }
  const found = await run(feeds, (value) => {
    const weights = { input: value('input'), recurrent: value('recurrent'), bias: value('bias') };
    const { outputs, state } = lstm(value('x'), weights, { hidden: value('hidden'), cell: value('cell') });
    return op.concat([outputs, op.unsqueeze(state.hidden, 0), op.unsqueeze(state.cell, 0)], 0);
  });
  expect(found).toEqual(close([...expected, ...hidden, ...cell]));
});

describe('images that stand side by side', () => {
  const SIDE_BY_SIDE = [1, 2, 3, 0];
  const ONE_BY_ONE = [3, 0, 1, 2];
  const images = float32([2, 3, 6, 5], numbers(2 * 3 * 6 * 5));
  const WINDOWS = [
    { kernel: 3, stride: 1, padding: 0 },
    { kernel: 3, stride: 2, padding: 1 },
    { kernel: 1, stride: 2, padding: 0 },
    { kernel: 5, stride: 3, padding: 2 },
  ];

  test.each(WINDOWS)('are convolved as others: %j', async (windows) => {
    const { kernel } = windows;
    const feeds = { images, kernels: float32([4, 3, kernel, kernel], numbers(12 * kernel * kernel)) };
    const expected = await run(feeds, (input) => op.conv(input('images'), input('kernels'), windows));
    const found = await run(feeds, (input) => {
      const sideBySide = op.transpose(input('images'), SIDE_BY_SIDE);
      return op.transpose(imageConvolution(sideBySide, input('kernels'), windows), ONE_BY_ONE);
    });
    expect(found).toEqual(close(expected));
  });

  test.each(WINDOWS)('have the maxima of others, below 0 too: %j', async (windows) => {
    const below = (input: Single): Single => op.sub(input, 2);
    const expected = await run(
      { images },
      (input) => op.maxPool(below(input('images')), windows.kernel, windows).values,
    );
    const found = await run({ images }, (input) => {
      const sideBySide = op.transpose(below(input('images')), SIDE_BY_SIDE);
      return op.transpose(imageMaximum(sideBySide, windows), ONE_BY_ONE);
    });
    expect(found).toEqual(expected);
  });
});
