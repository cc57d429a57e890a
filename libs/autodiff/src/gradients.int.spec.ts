import { Graph, op, tensor, vector, type FloatType, type Value } from '@offerstream/onnx';
import { AutodiffError } from './errors.js';
import { compareWithDifferences, type GradientCase } from './finite-differences.fixture.js';
import { gradients } from './gradients.js';
import { causalBias, scaledDotProductAttention } from './operations/attention.js';
import { batchNormalization } from './operations/batch-normalization.js';
import { imageConvolution, imageMaximum } from './operations/image-windows.js';
import { gelu } from './operations/gelu.js';
import { lstm } from './operations/lstm.js';
import { negativeLogLikelihood } from './operations/negative-log-likelihood.js';
import { OPERATIONS_WITH_OWN_GRADIENT } from './operations/own-gradient.js';
import { sampledNegativeLogLikelihood } from './operations/sampled-softmax.js';
import type { Windows } from './operations/window-places.js';
import { RULES } from './rules/index.js';

type Float = Value<FloatType>;
type Single = Value<'float32'>;

const matrix = { x: ['B', 3] };
const pair = { a: ['B', 3], b: ['B', 3] };
const int64 = (like: Float, dims: number[], ...values: number[]): Value<'int64'> =>
  like.graph.initializer(`int64s ${values.join()}`, tensor('int64', dims, BigInt64Array.from(values, BigInt)));
const unary = (operation: (x: Float) => Float, range?: readonly [number, number]): GradientCase => ({
  inputs: matrix,
  build: operation,
  ...(range && { range }),
});
const keepDims = { keepDims: true };
const dropDims = { keepDims: false };

/** Inputs of a product of two matrices [2, 3] and [3, 4] of which some come transposed, plus what is added. */
const gemm = (transA: boolean, transB: boolean, plus: readonly number[]): GradientCase => ({
  inputs: { a: transA ? [3, 2] : [2, 3], b: transB ? [4, 3] : [3, 4], plus },
  build: (a, b, added) => op.gemm(a, b, { transA, transB, plus: added }),
});

const conv = (
  size: number,
  kernel: number,
  options: { readonly stride?: number; readonly padding?: number },
): GradientCase => ({
  inputs: { x: [2, 2, size, size], kernels: [3, 2, kernel, kernel], bias: [3] },
  build: (...values) => {
    const [x, kernels, plus] = values as [Single, Single, Single];
    return op.conv(x, kernels, { ...options, plus });
  },
  type: 'float32',
});
const maxPool = (
  size: number,
  window: number,
  options: { readonly stride?: number; readonly padding?: number },
): GradientCase => ({
  inputs: { x: ['B', 2, size, size] },
  // Far enough apart that a small step changes no maximum.
  build: (x) => op.maxPool(apart(x), window, options).values,
});
const imageConv = (size: number, windows: Windows): GradientCase => ({
  inputs: { x: [2, size, size, 'B'], kernels: [3, 2, windows.kernel, windows.kernel] },
  build: (...values) => imageConvolution(...(values as [Float, Float]), windows),
});
const largest = (size: number, windows: Windows): GradientCase => ({
  inputs: { x: [size, size, 2, 2] },
  build: (x) => imageMaximum(op.transpose(apart(op.transpose(x, [3, 2, 0, 1])), [1, 2, 3, 0]), windows),
});
/** Images [N, C, H, W]. */
const apart = (x: Float): Float => {
  const [, channels, height, width] = x.shape as readonly [never, number, number, number];
  const count = channels * height * width;
  const order = Float64Array.from({ length: count }, (_, i) => (i * 7) % count);
  return op.add(
    op.mul(x, 0.1),
    x.graph.initializer<FloatType>('order', tensor('float64', [channels, height, width], order)),
  );
};

/** Every rule by its name, each with the cases in which it takes another way. */
const CASES: Readonly<
  Record<keyof typeof RULES | (typeof OPERATIONS_WITH_OWN_GRADIENT)[number], readonly GradientCase[]>
> = {
  Identity: [
    unary((x) => {
      x.graph.output('identity', x);
      return x.graph.nodes.at(-1)?.outputs[0] as Float;
    }),
  ],
  Add: [
    { inputs: pair, build: (a, b) => op.add(a, b) },
    { inputs: { a: ['B', 1], b: ['T', 1, 3] }, build: (a, b) => op.add(a, b) },
    unary((x) => op.add(op.add(x, x), 1)),
  ],
  Sub: [
    { inputs: pair, build: (a, b) => op.sub(a, b) },
    { inputs: { a: ['B', 3], b: [3] }, build: (a, b) => op.sub(a, b) },
  ],
  Mul: [
    { inputs: pair, build: (a, b) => op.mul(a, b) },
    { inputs: { a: ['B', 3], b: ['B', 1] }, build: (a, b) => op.mul(a, b) },
  ],
  Div: [
    { inputs: pair, build: (a, b) => op.div(a, b), range: [0.5, 2] },
    { inputs: { a: [3], b: ['B', 1] }, build: (a, b) => op.div(a, b), range: [0.5, 2] },
  ],
  Neg: [unary(op.neg)],
  Exp: [unary(op.exp)],
  Log: [unary(op.log, [0.5, 2])],
  Sqrt: [unary(op.sqrt, [0.5, 2])],
  Tanh: [unary(op.tanh)],
  Sigmoid: [unary(op.sigmoid)],
  Relu: [unary(op.relu)],
  Erf: [{ ...unary(op.erf), type: 'float32' }],
  Pow: [unary((x) => op.pow(x, 3)), unary((x) => op.pow(x, -0.5), [0.5, 2])],
  Where: [
    { inputs: pair, build: (a, b) => op.where(op.greater(a, b), a, b) },
    {
      inputs: { a: ['B', 1], b: [3] },
      build: (a, b) => op.where(op.greater(b, 0), a, b),
    },
  ],
  Gemm: [
    gemm(false, false, [4]),
    gemm(true, false, [2, 1]),
    gemm(false, true, [2, 4]),
    gemm(true, true, []),
    { inputs: { a: ['B', 3], b: [3, 4] }, build: (a, b) => op.gemm(a, b) },
  ],
  MatMul: [
    { inputs: { a: ['B', 3], b: [3, 4] }, build: (a, b) => op.matMul(a, b) },
    { inputs: { a: ['T', 'B', 3], b: [3, 4] }, build: (a, b) => op.matMul(a, b) },
    { inputs: { a: ['B', 2, 'T', 3], b: ['B', 2, 3, 'T'] }, build: (a, b) => op.matMul(a, b) },
    { inputs: { a: ['B', 1, 'T', 3], b: [2, 3, 4] }, build: (a, b) => op.matMul(a, b) },
  ],
  ReduceSum: [
    { inputs: { x: ['B', 'T', 3] }, build: (x) => op.reduceSum(x, [0, 2], dropDims) },
    { inputs: { x: ['B', 'T', 3] }, build: (x) => op.reduceSum(x, [1], keepDims) },
  ],
  ReduceMean: [
    { inputs: { x: ['B', 'T', 3] }, build: (x) => op.reduceMean(x, [0, 2], dropDims) },
    { inputs: { x: ['B', 'T', 3] }, build: (x) => op.reduceMean(x, [1], keepDims) },
  ],
  ReduceSumSquare: [{ inputs: { x: ['B', 'T', 3] }, build: (x) => op.reduceSumSquare(x, [0, 2], dropDims) }],
  Reshape: [{ inputs: { x: ['B', 'T', 3] }, build: (x) => op.reshape(x, ['B*T', 3]) }],
  Squeeze: [{ inputs: { x: ['B', 1, 3] }, build: (x) => op.squeeze(x, 1) }],
  Unsqueeze: [unary((x) => op.unsqueeze(x, 1))],
  Expand: [{ inputs: { x: ['B', 1, 3] }, build: (x) => op.expand(x, [4, 'B', 2, 3]) }],
  Transpose: [{ inputs: { x: ['B', 'T', 3] }, build: (x) => op.transpose(x, [1, 2, 0]) }],
  Concat: [
    {
      inputs: { a: ['B', 3], b: ['B', 2], c: ['B', 1] },
      build: (a, b, c) => op.concat([a, b, c], 1),
    },
  ],
  Slice: [unary((x) => op.slice(x, 1, 1, 2)), unary((x) => op.mul(op.slice(x, 1, 0, 2), op.slice(x, 1, 1, 3)))],
  Split: [{ inputs: matrix, build: (x) => op.split(x, 1, [1, 2]) }, unary((x) => op.split(x, 1, [1, 2])[1])],
  Gather: [
    { inputs: { x: [4, 3] }, build: (x) => op.gather(x, int64(x, [2, 2], 3, 1, 3, 3)) },
    { inputs: { x: [4, 3] }, build: (x) => op.gather(x, int64(x, [], 2)) },
  ],
  GatherElements: [unary((x) => op.gatherElements(x, int64(x, [2, 2], 0, 0, 2, 1), 1))],
  Softmax: [unary((x) => op.softmax(op.mul(x, 3)))],
  LogSoftmax: [unary((x) => op.logSoftmax(op.mul(x, 3)))],
  LayerNormalization: [
    {
      inputs: { x: ['B', 'T', 4], scale: [4], bias: [4] },
      build: (...values) => op.layerNormalization(...(values as [Single, Single, Single]), 1e-5).y,
      type: 'float32',
    },
  ],
  NegativeLogLikelihood: [
    { inputs: { x: [2, 3] }, build: (x) => negativeLogLikelihood(op.mul(x, 3), int64(x, [2], 2, 0)) },
  ],
  Conv: [
    conv(4, 3, {}),
    conv(5, 3, { stride: 2, padding: 1 }),
    conv(6, 3, { stride: 2, padding: 1 }),
    conv(4, 1, { stride: 3 }),
  ],
  MaxPool: [maxPool(4, 2, { stride: 2 }), maxPool(5, 3, { stride: 2, padding: 1 }), maxPool(4, 3, {})],
  BatchNormalization: [
    {
      inputs: { x: [3, 2, 2, 'B'], scale: [3], bias: [3] },
      build: (...values) => batchNormalization(...(values as [Float, Float, Float]), 1e-3).y,
    },
  ],
  ImageConvolution: [
    imageConv(4, { kernel: 3 }),
    imageConv(4, { kernel: 3, padding: 1 }),
    imageConv(8, { kernel: 3, padding: 1 }),
    imageConv(8, { kernel: 1 }),
    imageConv(5, { kernel: 3, stride: 2, padding: 1 }),
    imageConv(6, { kernel: 3, stride: 2, padding: 1 }),
    imageConv(7, { kernel: 5, stride: 3, padding: 2 }),
    imageConv(4, { kernel: 1 }),
    imageConv(4, { kernel: 1, stride: 3 }),
  ],
  ImageMaximum: [
    largest(4, { kernel: 2, stride: 2 }),
    largest(5, { kernel: 3, stride: 2, padding: 1 }),
    largest(4, { kernel: 3 }),
  ],
  LstmSequence: [
    {
      inputs: { x: ['T', 'B', 2], input: [2, 12], recurrent: [3, 12], bias: [12], hidden: ['B', 3], cell: ['B', 3] },
      build: (...values) => {
        const [x, input, recurrent, bias, hidden, cell] = values as [Float, Float, Float, Float, Float, Float];
        const { outputs, state } = lstm(x, { input, recurrent, bias }, { hidden, cell });
        return [outputs, state.hidden, state.cell];
      },
    },
    {
      inputs: { x: [3, 2, 2], recurrent: [1, 4], cell: [2, 1] },
      build: (...values) => {
        const [x, recurrent, cell] = values as [Float, Float, Float];
        const input = op.concat([recurrent, recurrent], 0);
        const bias = x.graph.initializer('bias', vector('float64', [0.1, 0.2, 0.3, 0.4]));
        return lstm(x, { input, recurrent, bias }, { hidden: op.neg(cell), cell }).outputs;
      },
    },
  ],
};

/** Compositions of those, which could still be put together wrongly. */
const COMPOSED: Readonly<Record<string, GradientCase>> = {
  gelu: { ...unary(gelu, [-2, 2]), type: 'float32' },
  'causal attention': {
    inputs: { query: ['B', 2, 'T', 4], key: ['B', 2, 'T', 4], value: ['B', 2, 'T', 4] },
    build: (...values) => {
      const [query, key, value] = values as [Float, Float, Float];
      return scaledDotProductAttention(query, key, value, causalBias(query, 2));
    },
  },
  'sampled softmax': {
    inputs: { rows: [2, 3], vectors: [5, 3] },
    build: (...values) => {
      const [rows, vectors] = values as [Float, Float];
      return sampledNegativeLogLikelihood(rows, vectors, int64(rows, [2], 3, 1), {
        classes: int64(vectors, [3], 4, 1, 0),
        logCounts: rows.graph.initializer('log counts', vector('float64', [-1, -2, -0.5])),
        targetLogCounts: rows.graph.initializer('target log counts', vector('float64', [-0.1, -2])),
      });
    },
  },
};

test('what has no gradient is refused with a message that says where', () => {
  const graph = new Graph('refused');
  const x = graph.input('x', 'float32', [2, 3]);
  const sum = (value: Value<'float32'>): Value<'float32'> => op.reduceSum(value, [0, 1], { keepDims: false });
  const refusal = (loss: Value<'float32'>, of = x): unknown => {
    try {
      return gradients(loss, [of]);
    } catch (error) {
      if (!(error instanceof AutodiffError)) throw error;
      return [error.code, error.message.replaceAll(/_\d+/g, '')];
    }
  };
  expect(refusal(x)).toEqual(['no-gradient', '"x" is not a scalar but [2, 3]: reduce it first']);
  expect(refusal(sum(op.max(x, 0)))).toEqual(['no-gradient', 'Max: Max has no gradient rule']);
  const lengths = op.reduceSum(op.gather(x, int64(x, [1], 0), 1), [0, 1], { keepDims: false });
  expect(refusal(lengths)).toEqual(['no-gradient', 'Gather: only rows of a matrix have a gradient']);
  const other = graph.input('other', 'float32', [1]);
  expect(refusal(sum(x), other)).toEqual(['no-influence', '"other" does not influence the loss']);
  expect(refusal(op.pow(sum(x), sum(x)))).toEqual([
    'no-gradient',
    'Pow: input 1 ("ReduceSum") has to be an initializer',
  ]);
});

describe('the gradient equals finite differences', () => {
  test('every operation of the closed list has cases', () => {
    expect(Object.keys(CASES).sort()).toEqual([...Object.keys(RULES), ...OPERATIONS_WITH_OWN_GRADIENT].sort());
    expect(Object.entries(CASES).filter(([, cases]) => cases.length === 0)).toEqual([]);
  });

  const cases = [
    ...Object.entries(CASES).flatMap(([name, each]) => each.map((one, i) => ({ name: `${name} ${i}`, each: one }))),
    ...Object.entries(COMPOSED).map(([name, each]) => ({ name, each })),
  ];
  test.each(cases)('$name', async ({ each }) => {
    const { differing, compared } = await compareWithDifferences(each);
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(0);
  });
});
