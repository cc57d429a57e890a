import { openSession, type Session, type Tensor, type Tensors } from '@offerstream/onnx-runtime';
import { Graph, op, tensor, vector, type OnnxModel } from '../index.js';
import { encodeShape } from '../encode-model.js';
import { GRAPH, MODEL, NODE, TENSOR_TYPE, TYPE, VALUE_INFO } from '../proto-fields.js';
import { ProtobufMessage } from '../protobuf.js';
import { EditableModel } from './editable-model.js';
import { editMessage } from './wire-fields.js';

const sessions: Session[] = [];
const open = async (model: OnnxModel): Promise<Session> => {
  const session = await openSession(model.toBuffer());
  sessions.push(session);
  return session;
};
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});

const float32 = (dims: readonly number[], ...data: readonly number[]): Tensor => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from(data),
});
const numbersOf = (tensors: Tensors, name: string): readonly number[] =>
  Array.from<number | bigint>(tensors[name]?.data as Iterable<number>).map(Number);

/** hidden = x · w [B, T, 2], classes = relu(hidden · v) [B, T, 3]. */
const network = (): EditableModel => {
  const graph = new Graph('network');
  const x = graph.input('x', 'float32', ['B', 'T', 2]);
  const w = graph.initializer('w', tensor('float32', [2, 2], Float32Array.of(1, 1, 0, 1)));
  const v = graph.initializer('v', tensor('float32', [2, 3], Float32Array.of(1, 0, -1, 0, 1, 0)));
  const hidden = op.matMul(x, w);
  graph.output('classes', op.relu(op.matMul(hidden, v)));
  return EditableModel.read(graph.model().toBuffer());
};
const X = float32([2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8);

test('another way in, before everything that the model does', async () => {
  const model = network();
  const graph = new Graph('in');
  const bytes = graph.input('bytes', 'uint8', ['B', 'T', 2]);
  const factor = graph.optionalInput('factor', [1], vector('float32', [2]));
  graph.output('doubled', op.mul(op.cast(bytes, 'float32'), factor));
  model.prepend(graph, { doubled: 'x' });
  const session = await open(model.model());
  expect(session.inputs).toEqual([{ name: 'bytes', dtype: 'uint8', shape: ['B', 'T', 2], optional: false }]);
  const results = await session.run({
    bytes: { dtype: 'uint8', dims: X.dims, data: Uint8Array.from(X.data as Float32Array) },
  });
  const before = await (await open(network().model())).run({ x: X });
  expect(numbersOf(results, 'classes')).toEqual(numbersOf(before, 'classes').map((value) => 2 * value));
});

const maskedMean = (): Graph => {
  const graph = new Graph('mean');
  const rows = graph.input('hidden', 'float32', ['B', 'T', 2]);
  const mask = op.unsqueeze(op.cast(graph.input('x_mask', 'int64', ['B', 'T']), 'float32'), 2);
  const sum = op.reduceSum(op.mul(rows, mask), [1], { keepDims: false });
  graph.output('mean', op.div(sum, op.reduceSum(mask, [1], { keepDims: false })));
  return graph;
};

test('another head behind an inner value, computed as before the edit', async () => {
  const model = network();
  const [inner] = model.nodes[0]?.outputs ?? [];
  const head = new Graph('head');
  const hidden = head.input('hidden', 'float32', ['B', 'T', 2]);
  const weights = head.initializer('w', tensor('float32', [2, 1], Float32Array.of(10, 1)));
  head.output('score', op.matMul(hidden, weights));
  model.append(head, { hidden: inner ?? '' });
  const both = await open(model.model());
  expect(both.outputs.map(({ name }) => name)).toEqual(['classes', 'score']);
  const results = await both.run({ x: X });
  // hidden = [1, 3], [3, 7], [5, 11], [7, 15]
  expect(numbersOf(results, 'score')).toEqual([13, 37, 61, 85]);
  expect(numbersOf(results, 'classes')).toEqual([1, 3, 0, 3, 7, 0, 5, 11, 0, 7, 15, 0]);

  model.dropOutput('classes');
  expect(model.initializers.map(({ name }) => name)).toEqual(['w', 'head/w']);
  const one = await open(model.model());
  expect(one.outputs.map(({ name }) => name)).toEqual(['score']);
  expect(numbersOf(await one.run({ x: X }), 'score')).toEqual([13, 37, 61, 85]);
});

test('a mean over the places that a mask says count', async () => {
  const graph = new Graph('masked');
  const x = graph.input('x', 'float32', ['B', 'T', 2]);
  graph.output('mask', graph.input('x_mask', 'int64', ['B', 'T']));
  graph.output('hidden', op.mul(x, 2));
  const masked = EditableModel.read(graph.model().toBuffer());
  masked.append(maskedMean());
  masked.dropOutput('hidden');
  const session = await open(masked.model());
  const x_mask: Tensor = { dtype: 'int64', dims: [2, 2], data: BigInt64Array.of(1n, 0n, 1n, 1n) };
  expect(numbersOf(await session.run({ x: X, x_mask }), 'mean')).toEqual([2, 4, 12, 14]);
});

test('what a body uses stays, and gets another name there, too', async () => {
  const graph = new Graph('scanned');
  const steps = graph.input('steps', 'float32', ['T', 1]);
  const scale = graph.input('scale', 'float32', [1]);
  const twice = op.mul(scale, 2);
  const start = graph.initializer('start', vector('float32', [0]));
  const { states } = op.scan({ states: [start], sequences: [steps] }, { reverse: false }, (inside) => ({
    states: [op.add(inside.states[0], op.mul(op.mul(inside.sequences[0], twice), scale))],
    sequences: [],
  }));
  graph.output('sum', states[0]);
  graph.output('other', op.relu(steps));
  const model = EditableModel.read(graph.model().toBuffer());
  model.dropOutput('other');
  model.rename('scale', 'factor');
  model.rename('steps', 'values');
  model.rename('sum', 'total');
  const session = await open(model.model());
  expect([...session.inputs, ...session.outputs].map(({ name }) => name)).toEqual(['values', 'factor', 'total']);
  const total = await session.run({ values: float32([3, 1], 1, 2, 3), factor: float32([1], 2) });
  expect(numbersOf(total, 'total')).toEqual([48]);
});

/** A model as exporters write it for one picture: a fixed batch, and shapes of what is within. */
const fixedBatch = (): Uint8Array => {
  const graph = new Graph('fixed');
  const x = graph.input('x', 'float32', [1, 2]);
  const sums = op.reduceSum(x, [1], { keepDims: true });
  graph.output('y', op.add(x, sums));
  const tensorType = new ProtobufMessage()
    .uint(TENSOR_TYPE.elemType, 1)
    .message(TENSOR_TYPE.shape, encodeShape([1, 1]));
  const valueInfo = new ProtobufMessage()
    .string(VALUE_INFO.name, sums.name)
    .message(VALUE_INFO.type, new ProtobufMessage().message(TYPE.tensorType, tensorType));
  const field = new ProtobufMessage().message(GRAPH.valueInfo, valueInfo);
  return editMessage(graph.model().toBuffer(), {
    [MODEL.graph]: (content) => Buffer.concat([content, ...field.parts()]),
  });
};

test('a batch of one becomes a batch of any size', async () => {
  const model = EditableModel.read(fixedBatch());
  const two = { x: float32([2, 2], 1, 2, 3, 4) };
  const fixed = await open(model.model());
  await expect(fixed.run(two)).rejects.toMatchObject({ code: 'input-invalid' });
  model.declareShape('x', ['B', 2]);
  model.declareShape('y', ['B', 2]);
  const session = await open(model.model());
  expect(session.outputs[0]?.shape).toEqual(['B', 2]);
  expect(numbersOf(await session.run(two), 'y')).toEqual([4, 5, 10, 11]);
});

test('nodes of one name, which ONNX Runtime refuses, are told apart', async () => {
  const bytes = network().model().toBuffer();
  const twins = editMessage(bytes, {
    [MODEL.graph]: (graph) =>
      editMessage(graph, { [GRAPH.node]: (node) => editMessage(node, { [NODE.name]: () => Buffer.from('twin') }) }),
  });
  await expect(openSession(twins)).rejects.toMatchObject({ code: 'model-unusable' });
  const model = EditableModel.read(twins);
  model.makeNodeNamesUnique();
  const session = await open(model.model());
  expect(numbersOf(await session.run({ x: X }), 'classes')).toEqual([1, 3, 0, 3, 7, 0, 5, 11, 0, 7, 15, 0]);
});

test('the weights of an old file, which are inputs there, become constants', async () => {
  const graph = new Graph('old');
  const x = graph.input('x', 'float32', ['B', 2]);
  graph.output('y', op.mul(x, graph.optionalInput('w', [2], vector('float32', [2, 3]))));
  // The version of the format comes first.
  const bytes = Buffer.concat([Buffer.of(8, 3), graph.model().toBuffer().subarray(2)]);
  const model = EditableModel.read(bytes);
  expect(model.irVersion).toBe(3);
  for (const { name, optional } of model.inputs) if (optional) model.dropInput(name);
  expect(model.irVersion).toBe(4);
  const session = await open(model.model());
  expect(session.inputs.map(({ name }) => name)).toEqual(['x']);
  expect(numbersOf(await session.run({ x: float32([1, 2], 1, 1) }), 'y')).toEqual([2, 3]);

  const more = EditableModel.read(bytes);
  const head = new Graph('head');
  head.output('z', op.mul(head.input('y', 'float32', ['B', 2]), head.initializer('ten', vector('float32', [10]))));
  more.append(head);
  const extended = await open(more.model());
  expect(extended.inputs.map(({ name }) => name)).toEqual(['x', 'w']);
  expect(numbersOf(await extended.run({ x: float32([1, 2], 1, 1) }), 'z')).toEqual([20, 30]);
  expect(more.irVersion).toBe(4);
});
