import { Graph, op, tensor, type Value } from './index.js';

const linear = (): Graph => {
  const graph = new Graph('linear');
  const x = graph.input('x', 'float32', ['B', 2]);
  const w = graph.initializer('w', tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)));
  graph.output(
    'y',
    graph.scope('head', () => op.matMul(x, w)),
  );
  return graph;
};

test('the same calls give the same bytes', () => {
  expect(linear().model().toBuffer().equals(linear().model().toBuffer())).toBe(true);
});

test.each<[string, (graph: Graph, x: Value<'float32'>) => unknown, string]>([
  [
    'a wrong type',
    (graph, x) => op.add(x, graph.input('n', 'int64', ['B', 2]) as unknown as Value<'float32'>),
    'Add_0 (Add), second input: expected float32 as the first, got int64 [B, 2] ("n")',
  ],
  [
    'a type that the operator does not take',
    (graph) => op.exp(graph.input('n', 'int64', ['B']) as unknown as Value<'float32'>),
    'Exp_0 (Exp), input: expected float32 or float64, got int64 [B] ("n")',
  ],
  [
    'a wrong rank',
    (graph, x) => op.rowProducts(x, graph.input('v', 'float32', [2])),
    'Gemm_0 (Gemm), second input: expected rank 2, got float32 [2] ("v")',
  ],
  [
    'inner sizes that differ',
    (graph, x) => op.matMul(x, graph.input('m', 'float32', [3, 4])),
    'MatMul_0 (MatMul), rows of the second input: expected size 2, got 3',
  ],
  [
    'names of dimensions that differ',
    (graph, x) => op.add(x, graph.input('m', 'float32', ['C', 2])),
    'Add_0 (Add), second input: expected a shape that broadcasts with [B, 2], got float32 [C, 2] ("m")',
  ],
  ['more results than there are', (_, x) => op.topK(x, 3), 'TopK_0 (TopK), k: expected at most 2, got 3'],
  [
    'a value of another graph',
    (_, x) => op.add(x, new Graph('other').input('o', 'float32', ['B', 2])),
    'node "Add_0": "o" belongs to graph "other", not to "tested"',
  ],
  [
    'a second value of one name',
    (graph) => graph.input('x', 'int64', []),
    'graph "tested" already has a value named "x"',
  ],
  [
    'an order that leaves out an axis',
    (_, x) => op.transpose(x, [0, 0]),
    'Transpose_0 (Transpose), order: expected each of the 2 axes once, got [0, 0]',
  ],
  [
    'a window that is larger than the image',
    (graph) => op.maxPool(graph.input('i', 'float32', ['B', 1, 2, 2]), 5),
    'MaxPool_0 (MaxPool), window: expected at most 2 rows and columns, got 5',
  ],
  [
    'a bias of another size',
    (graph) =>
      op.conv(graph.input('i', 'float32', ['B', 1, 2, 2]), graph.input('k', 'float32', [3, 1, 1, 1]), {
        plus: graph.input('b', 'float32', [2]),
      }),
    'Conv_0 (Conv), bias: expected size 3, got 2',
  ],
  [
    'kernels that do not fall into the groups',
    (graph) =>
      op.conv(graph.input('i', 'float32', ['B', 4, 2, 2]), graph.input('k', 'float32', [3, 2, 1, 1]), { groups: 2 }),
    'Conv_0 (Conv), kernels: expected a multiple of 2, got [3, 2, 1, 1]',
  ],
  [
    'a kernel that ONNX Runtime does not have',
    (graph) => op.erf(graph.input('d', 'float64', ['B'])),
    'Erf_0 (Erf), input: expected float32, got float64 [B] ("d")',
  ],
  [
    'a size that no convolution comes from',
    (graph) =>
      op.convTranspose(graph.input('i', 'float32', ['B', 1, 2, 2]), graph.input('k', 'float32', [1, 1, 3, 3]), [4, 6]),
    'ConvTranspose_0 (ConvTranspose), size: expected 4 … 4, got 6',
  ],
  ['a part that is not there', (_, x) => op.slice(x, 1, 1, 3), 'expected a part of axis 1 of [B, 2], got 1 … 3'],
  ['an unknown dimension', (_, x) => op.expand(x, ['Z', 2]), 'a shape that broadcasts with [B, 2], got [Z, 2]'],
  ['no size for a dimension', (graph) => graph.size('Z'), 'no input of graph "tested" has a dimension "Z"'],
  [
    'elements that do not fill the shape',
    () => tensor('float32', [2, 2], new Float32Array(3)),
    'expected 4 elements, got 3',
  ],
  ['a graph without output', (graph) => graph.model(), 'graph "tested" has no output'],
])('%s is refused with a message that says where and why', (_, build, message) => {
  const graph = new Graph('tested');
  expect(() => build(graph, graph.input('x', 'float32', ['B', 2]))).toThrow(message);
});

test('a scope prefixes the nodes that are made in it, and errors name it', () => {
  const graph = new Graph('tested');
  const x = graph.input('x', 'float32', ['B', 2]);
  expect(graph.scope('a', () => graph.scope('b', () => op.exp(x))).name).toBe('a/b/Exp_0');
  expect(() => graph.scope('a', () => op.topK(x, 9))).toThrow('a/TopK_1 (TopK)');
});

test('a graph tells its inputs, its nodes and what its initializers hold', () => {
  const graph = new Graph('read');
  const x = graph.input('x', 'float32', ['B', 2]);
  const optional = graph.optionalInput('o', [1], tensor('float32', [1], Float32Array.of(9)));
  const y = op.add(x, 3);
  expect(graph.inputs).toEqual([x, optional]);
  expect(graph.nodes.map(({ operator, inputs, outputs }) => [operator, inputs[0], outputs])).toEqual([['Add', x, [y]]]);
  expect(graph.constantOf(graph.nodes[0]?.inputs[1] as Value)?.data).toEqual(Float32Array.of(3));
  expect([x, optional, y].map((value) => graph.constantOf(value))).toEqual([undefined, undefined, undefined]);
});
