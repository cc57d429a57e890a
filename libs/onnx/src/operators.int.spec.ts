import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, type Tensors } from '@offerstream/onnx-runtime';
import { Graph, op, tensor, vector, type Value } from './index.js';

const rows = {
  dtype: 'float32',
  dims: [2, 3],
  data: Float32Array.of(1, 2, 3, 4, 5, 6),
} as const;
const hashes = { dtype: 'int64', dims: [2, 3], data: BigInt64Array.of(7n, -9n, 0n, 8n, 8n, 7n) } as const;
const KEYS = BigInt64Array.of(8n, 7n, -9n);

const run = async (
  build: (x: Value<'float32'>, h: Value<'int64'>) => Value | readonly Value[],
  feeds: Tensors = {},
) => {
  const graph = new Graph('operators');
  const outputs = [build(graph.input('x', 'float32', ['B', 3]), graph.input('h', 'int64', ['B', 3]))].flat();
  outputs.forEach((value, i) => graph.output(`y${i}`, value));
  const session = await openSession(graph.model().toBuffer());
  const results = await session.run({ x: rows, h: hashes, ...feeds });
  await session.close();
  return outputs.map((declared, i) => {
    const { data, dims } = results[`y${i}`] as NonNullable<(typeof results)[string]>;
    // What the builder says of a shape is what comes out.
    declared.shape.forEach((dimension, axis) => typeof dimension === 'number' && expect(dims[axis]).toBe(dimension));
    return { values: Array.from<number | bigint>(data as Iterable<number>).map(Number), dims };
  });
};

test.each<[string, (x: Value<'float32'>, h: Value<'int64'>) => Value, number[], number[]]>([
  ['add', (x) => op.add(x, 1), [2, 3, 4, 5, 6, 7], [2, 3]],
  ['sub', (x) => op.sub(x, x), [0, 0, 0, 0, 0, 0], [2, 3]],
  [
    'mul by a column',
    (x) => op.mul(x, x.graph.initializer('c', vector('float32', [1, 10, 0]))),
    [1, 20, 0, 4, 50, 0],
    [2, 3],
  ],
  ['div', (x) => op.div(x, 2), [0.5, 1, 1.5, 2, 2.5, 3], [2, 3]],
  ['pow', (x) => op.pow(x, 2), [1, 4, 9, 16, 25, 36], [2, 3]],
  ['max', (x) => op.max(x, 3.5), [3.5, 3.5, 3.5, 4, 5, 6], [2, 3]],
  ['min', (x) => op.min(x, 3.5), [1, 2, 3, 3.5, 3.5, 3.5], [2, 3]],
  ['exp', (x) => op.exp(op.mul(x, 0)), [1, 1, 1, 1, 1, 1], [2, 3]],
  ['sqrt', (x) => op.sqrt(op.mul(x, x)), [1, 2, 3, 4, 5, 6], [2, 3]],
  ['log', (x) => op.log(op.exp(x)), [1, 2, 3, 4, 5, 6], [2, 3]],
  ['neg', (x) => op.neg(x), [-1, -2, -3, -4, -5, -6], [2, 3]],
  ['tanh', (x) => op.tanh(op.mul(x, 100)), [1, 1, 1, 1, 1, 1], [2, 3]],
  ['sigmoid', (x) => op.sigmoid(op.mul(x, 0)), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [2, 3]],
  ['erf', (x) => op.erf(op.mul(x, 100)), [1, 1, 1, 1, 1, 1], [2, 3]],
  ['relu', (x) => op.relu(op.sub(x, 3)), [0, 0, 0, 1, 2, 3], [2, 3]],
  ['where and greater', (x) => op.where(op.greater(x, 4), x, -1), [-1, -1, -1, -1, 5, 6], [2, 3]],
  ['equal and cast', (_, h) => op.cast(op.equal(h, 8), 'float32'), [0, 0, 0, 1, 1, 0], [2, 3]],
  [
    'cast to uint8 and back',
    (x) => op.cast(op.cast(op.mul(x, 100), 'uint8'), 'float32'),
    [100, 200, 44, 144, 244, 88],
    [2, 3],
  ],
  [
    'matMul',
    (x) => op.matMul(x, x.graph.initializer('m', tensor('float32', [3, 1], Float32Array.of(1, 0, 2)))),
    [7, 16],
    [2, 1],
  ],
  ['rowProducts', (x) => op.rowProducts(x, x), [14, 32, 32, 77], [2, 2]],
  [
    'gemm of a transposed matrix, plus a row',
    (x) => op.gemm(x, x, { transA: true, plus: x.graph.initializer('r', vector('float32', [100, 200, 300])) }),
    [117, 222, 327, 122, 229, 336, 127, 236, 345],
    [3, 3],
  ],
  ['reduceMean', (x) => op.reduceMean(x, [0], { keepDims: true }), [2.5, 3.5, 4.5], [1, 3]],
  ['reduceSumSquare', (x) => op.reduceSumSquare(x, [0, 1], { keepDims: false }), [91], []],
  ['reduceSum', (x) => op.reduceSum(x, [1], { keepDims: false }), [6, 15], [2]],
  ['reduceMax', (x) => op.reduceMax(x, [-1], { keepDims: true }), [3, 6], [2, 1]],
  ['cumulativeSum', (x) => op.cumulativeSum(x, 1, { fromEnd: false }), [1, 3, 6, 4, 9, 15], [2, 3]],
  ['cumulativeSum from the end', (x) => op.cumulativeSum(x, 1, { fromEnd: true }), [6, 5, 3, 15, 11, 6], [2, 3]],
  ['reshape', (x) => op.reshape(x, ['B', 1, 3]), [1, 2, 3, 4, 5, 6], [2, 1, 3]],
  ['unsqueeze and squeeze', (x) => op.squeeze(op.unsqueeze(op.unsqueeze(x, -1), 0), 0), [1, 2, 3, 4, 5, 6], [2, 3, 1]],
  ['transpose', (x) => op.transpose(op.unsqueeze(x, 0), [2, 0, 1]), [1, 4, 2, 5, 3, 6], [3, 1, 2]],
  ['concat', (x) => op.concat([x, x], 1), [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6], [2, 6]],
  ['expand to a run-time size', (x) => op.filled(x.graph.scalar('float32', 5), ['B', 2]), [5, 5, 5, 5], [2, 2]],
  ['reshapeLike', (x, h) => op.reshapeLike(op.reshape(x, ['N']), h), [1, 2, 3, 4, 5, 6], [2, 3]],
  ['expandLike', (x) => op.expandLike(x.graph.scalar('float32', 7), x), [7, 7, 7, 7, 7, 7], [2, 3]],
  ['size', (x) => op.size(x), [6], []],
  ['slice', (x) => op.slice(x, -1, 1, 3), [2, 3, 5, 6], [2, 2]],
  ['split', (x) => op.split(x, 1, [1, 2])[1], [2, 3, 5, 6], [2, 2]],
  ['pad', (x) => op.pad(x, 1, 1, 0), [0, 1, 2, 3, 0, 4, 5, 6], [2, 4]],
  ['pad with another number', (x) => op.pad(x, 1, 0, 1, -1), [1, 2, 3, -1, 4, 5, 6, -1], [2, 4]],
  ['positions', (x) => op.positions(x, 1), [0, 1, 2], [3]],
  ['positionOf', (_, h) => op.positionOf(h, KEYS, 3), [1, 2, 3, 0, 0, 1], [2, 3]],
  [
    'gather',
    (_, h) => op.gather(h.graph.initializer('t', vector('float32', [10, 11, 12, 13])), op.positionOf(h, KEYS, 3)),
    [11, 12, 13, 10, 10, 11],
    [2, 3],
  ],
  [
    'gatherElements',
    (x) => op.gatherElements(x, x.graph.initializer('i', tensor('int64', [2, 1], BigInt64Array.of(2n, 0n))), 1),
    [3, 4],
    [2, 1],
  ],
  ['softmax', (x) => op.softmax(op.mul(x, 1000)), [0, 0, 1, 0, 0, 1], [2, 3]],
  ['logSoftmax', (x) => op.logSoftmax(op.mul(x, 1000)), [-2000, -1000, 0, -2000, -1000, 0], [2, 3]],
  [
    'scatterElements, adding',
    (x, h) =>
      op.scatterElements(op.filled(x.graph.scalar('float32', 0), ['B', 4]), op.positionOf(h, KEYS, 3), x, 1, 'add'),
    [0, 1, 2, 3, 9, 6, 0, 0],
    [2, 4],
  ],
])('%s gives what it says', async (_, build, values, dims) => {
  expect(await run(build)).toEqual([{ values, dims }]);
});

/** The two rows of x as images of one channel and one row, and a kernel that looks one and two to the right. */
const images = (x: Value<'float32'>): Value<'float32'> => op.reshape(x, ['B', 1, 1, 3]);
const kernels = (x: Value<'float32'>): Value<'float32'> =>
  x.graph.initializer('k', tensor('float32', [1, 1, 1, 2], Float32Array.of(1, 10)));

test.each<[string, (x: Value<'float32'>) => Value, number[], number[]]>([
  ['conv', (x) => op.conv(images(x), kernels(x)), [21, 32, 54, 65], [2, 1, 1, 2]],
  [
    'conv with stride, padding and a bias',
    (x) =>
      op.conv(images(x), op.reshape(kernels(x), [1, 1, 2, 1]), {
        stride: 2,
        padding: 1,
        plus: x.graph.initializer('b', vector('float32', [100])),
      }),
    [100, 120, 100, 100, 150, 100],
    [2, 1, 1, 3],
  ],
  ['conv with dilation', (x) => op.conv(images(x), kernels(x), { dilation: 2 }), [31, 64], [2, 1, 1, 1]],
  [
    'convTranspose',
    (x) => op.convTranspose(images(x), kernels(x), [2, 6], { stride: 2 }),
    [1, 10, 2, 20, 3, 30, 0, 0, 0, 0, 0, 0, 4, 40, 5, 50, 6, 60, 0, 0, 0, 0, 0, 0],
    [2, 1, 2, 6],
  ],
  ['globalAveragePool', (x) => op.globalAveragePool(images(x)), [2, 5], [2, 1, 1, 1]],
  ['maxPool', (x) => op.maxPool(images(x), 1, { stride: 2 }).values, [1, 3, 4, 6], [2, 1, 1, 2]],
  ['maxPool, positions', (x) => op.maxPool(images(x), 3, { padding: 1 }).indices, [1, 2, 2, 4, 5, 5], [2, 1, 1, 3]],
  [
    'batchNormalization',
    (x) => {
      const of = (...values: number[]): Value<'float32'> =>
        x.graph.initializer(`v${values.join()}`, vector('float32', values));
      const parameters = { scale: of(1, 1, 10), bias: of(0, 5, 0), mean: of(1, 2, 4), variance: of(4, 1, 25) };
      return op.batchNormalization(x, parameters, 0);
    },
    [0, 5, -2, 1.5, 8, 4],
    [2, 3],
  ],
])('%s gives what it says', async (_, build, values, dims) => {
  expect(await run(build)).toEqual([{ values, dims }]);
});

test('layerNormalization gives mean and deviation beside the result', async () => {
  const [y, mean, inverseDeviation] = await run((x) => {
    const scale = x.graph.initializer('scale', vector('float32', [1, 1, 2]));
    const bias = x.graph.initializer('bias', vector('float32', [0, 5, 0]));
    const normalized = op.layerNormalization(x, scale, bias, 0);
    return [normalized.y, normalized.mean, normalized.inverseDeviation];
  });
  const unit = Math.sqrt(1.5);
  expect(y?.values).toEqual(
    [-unit, 5, 2 * unit, -unit, 5, 2 * unit].map((value) => expect.closeTo(value, 5) as number),
  );
  expect(mean?.values).toEqual([2, 5]);
  expect(inverseDeviation?.values).toEqual([expect.closeTo(unit, 5), expect.closeTo(unit, 5)]);
});

test('scan carries a state along the sequence, with a value from around it, and backwards', async () => {
  const scan = (x: Value<'float32'>, reverse: boolean): readonly Value[] => {
    const weight = x.graph.initializer('weight', vector('float32', [10]));
    const { states, sequences } = op.scan(
      { states: [op.reduceSum(op.mul(x, 0), [0], { keepDims: false })], sequences: [x] },
      { reverse },
      ({ states: [sum], sequences: [row] }) => {
        const next = op.add(row, op.mul(sum, weight));
        return { states: [next], sequences: [next] };
      },
    );
    return [...states, ...sequences];
  };
  const forwards = await run((x) => scan(x, false));
  expect(forwards.map(({ values }) => values)).toEqual([
    [14, 25, 36],
    [1, 2, 3, 14, 25, 36],
  ]);
  const backwards = await run((x) => scan(x, true));
  expect(backwards.map(({ values }) => values)).toEqual([
    [41, 52, 63],
    [41, 52, 63, 4, 5, 6],
  ]);
});

test('topK gives the largest first, and of equal ones the first', async () => {
  const [values, indices] = await run((x) => {
    const top = op.topK(op.where(op.greater(x, 5), x, 0), 2);
    return [top.values, top.indices];
  });
  expect(values?.values).toEqual([0, 0, 6, 0]);
  expect(indices?.values).toEqual([0, 1, 2, 0]);
});

test('an input with a default may be left out, and wins when it is fed', async () => {
  const build = (x: Value<'float32'>): Value => {
    const bias = x.graph.optionalInput('bias', ['B', 'X'], tensor('float32', [1, 1], Float32Array.of(100)));
    return op.reduceSum(op.concat([x, op.expand(bias, ['B', 1])], 1), [1], { keepDims: false });
  };
  expect((await run(build))[0]?.values).toEqual([106, 115]);
  const bias = { dtype: 'float32', dims: [2, 2], data: Float32Array.of(1, 1, 2, 2) } as const;
  expect((await run(build, { bias }))[0]?.values).toEqual([8, 19]);
});

test('a model that is streamed to a file has the bytes of the buffer, and no file is overwritten', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  try {
    const graph = new Graph('large');
    const factors = graph.initializer('factors', tensor('float32', [1000, 64], new Float32Array(64_000).fill(0.5)));
    graph.output('y', op.matMul(graph.input('x', 'float32', ['B', 1000]), factors));
    const model = graph.model();
    const path = join(folder, 'model.onnx');
    await model.writeTo(path);
    expect((await readFile(path)).equals(model.toBuffer())).toBe(true);
    expect(model.sizeBytes).toBe(model.toBuffer().length);
    await expect(model.writeTo(path)).rejects.toThrow('EEXIST');
  } finally {
    await rm(folder, { recursive: true });
  }
});
