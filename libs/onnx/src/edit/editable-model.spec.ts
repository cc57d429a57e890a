import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Graph, op, scalar, tensor, vector } from '../index.js';
import { ATTRIBUTE, FUNCTION, GRAPH, MODEL, NODE, SPARSE_TENSOR, TENSOR, VALUE_INFO } from '../proto-fields.js';
import { ProtobufMessage } from '../protobuf.js';
import { EditableModel } from './editable-model.js';
import { readValue } from './model-parts.js';
import { readModelFile } from './read-model-file.js';
import { contentsOf, editMessage } from './wire-fields.js';

/** y = x · w + 1 and z = relu(y): a weight, a constant, two outputs. */
const small = (): Graph => {
  const graph = new Graph('small');
  const x = graph.input('x', 'float32', ['B', 2]);
  const bias = graph.optionalInput('bias', [1], vector('float32', [1]));
  const w = graph.initializer('w', tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)));
  const y = op.add(op.matMul(x, w), bias);
  graph.output('y', y);
  graph.output('z', op.relu(op.mul(y, 2)));
  return graph;
};
const smallBytes = (): Buffer => small().model().toBuffer();

const bytesOf = (message: ProtobufMessage): Buffer => Buffer.concat(message.parts());
const node = (operator: string, { domain = '', attribute }: { domain?: string; attribute?: ProtobufMessage } = {}) => {
  const message = new ProtobufMessage().string(NODE.input, 'x').string(NODE.output, 'v').string(NODE.opType, operator);
  if (attribute !== undefined) message.message(NODE.attribute, attribute);
  return message.string(NODE.domain, domain);
};
const external = (): ProtobufMessage =>
  new ProtobufMessage().string(TENSOR.name, 'far').uint(TENSOR.dataType, 1).uint(TENSOR.dataLocation, 1);
/** The small model with one more field in its graph, and one more of its own. */
const extended = (inGraph: ProtobufMessage, inModel = new ProtobufMessage()): Buffer =>
  Buffer.concat([
    editMessage(smallBytes(), { [MODEL.graph]: (graph) => Buffer.concat([graph, bytesOf(inGraph)]) }),
    bytesOf(inModel),
  ]);
const inGraph = (field: number, message: ProtobufMessage): ProtobufMessage =>
  new ProtobufMessage().message(field, message);

describe('reading', () => {
  test('says what a model takes, gives, and consists of', () => {
    const model = EditableModel.read(smallBytes());
    expect([model.producer, model.irVersion, [...model.operatorSets]]).toEqual(['offerstream', 10, [['', 21]]]);
    expect(model.inputs).toEqual([
      { name: 'x', type: 'float32', shape: ['B', 2], optional: false },
      { name: 'bias', type: 'float32', shape: [1], optional: true },
    ]);
    expect(model.outputs).toEqual([
      { name: 'y', type: 'float32', shape: ['B', 3] },
      { name: 'z', type: 'float32', shape: ['B', 3] },
    ]);
    expect(model.initializers.map(({ name, type, shape }) => [name, type, shape.join('x')])).toEqual([
      ['bias', 'float32', '1'],
      ['w', 'float32', '2x3'],
      ['float32(2)', 'float32', ''],
    ]);
    expect(model.nodes.map(({ operator, inputs }) => `${operator}(${inputs.join()})`)).toEqual([
      'MatMul(x,w)',
      'Add(MatMul_0,bias)',
      'Identity(Add_1)',
      'Mul(Add_1,float32(2))',
      'Relu(Mul_3)',
      'Identity(Relu_4)',
    ]);
  });

  test('constants and defaults are given back, wherever they begin in the file', () => {
    const graph = new Graph('constants');
    const weights = tensor('float32', [3], Float32Array.of(0.5, -1, Infinity));
    const keys = tensor('int64', [2], BigInt64Array.of(-1n, 2n ** 62n));
    graph.output('w2', graph.initializer('w', weights));
    graph.output('k2', graph.initializer('k', keys));
    for (const padding of ['', 'x', 'xx', 'xxx']) {
      const bytes = Buffer.concat([bytesOf(new ProtobufMessage().string(778, padding)), graph.model().toBuffer()]);
      const model = EditableModel.read(bytes);
      expect(model.constant('w', 'float32')).toEqual(weights);
      expect(model.constant('k', 'int64')).toEqual(keys);
    }
    const model = EditableModel.read(smallBytes());
    expect(model.constant('bias', 'float32').shape).toEqual([1]);
    expect(() => model.constant('bias', 'int64')).toThrow(expect.objectContaining({ code: 'wrong-type' }) as Error);
    expect(() => model.constant('none', 'float32')).toThrow(
      expect.objectContaining({ code: 'unknown-value' }) as Error,
    );
    const emptied = extended(
      inGraph(
        GRAPH.initializer,
        new ProtobufMessage().string(TENSOR.name, 'odd').uint(TENSOR.dataType, 1).uint(TENSOR.dims, 2),
      ),
    );
    expect(() => EditableModel.read(emptied).constant('odd', 'float32')).toThrow(
      expect.objectContaining({ code: 'wrong-type' }) as Error,
    );
  });

  test('what is not changed keeps its bytes, those that nothing here knows, too', () => {
    const unknown = new ProtobufMessage().float(777, 0.5).string(778, 'kept');
    const bytes = extended(unknown, new ProtobufMessage().string(14, 'metadata').uint(900, 2 ** 40));
    expect(EditableModel.read(bytes).model().toBuffer().equals(bytes)).toBe(true);
  });

  test('an edit leaves every other field as it is, and refers to the weights instead of copying them', () => {
    const graph = new Graph('large');
    const x = graph.input('x', 'float32', ['B', 100]);
    const weights = Float32Array.from({ length: 10_000 }, (_, i) => i);
    graph.output('y', op.matMul(x, graph.initializer('w', tensor('float32', [100, 100], weights))));
    const bytes = graph.model().toBuffer();
    const model = EditableModel.read(bytes);
    model.rename('y', 'result');
    const written = model.model();
    expect(written.sizeBytes).toBe(bytes.byteLength + 2 * ('result'.length - 'y'.length));
    model.rename('result', 'y');
    expect(model.model().toBuffer().equals(bytes)).toBe(true);
    const at = bytes.indexOf(Buffer.from(weights.buffer));
    bytes.writeFloatLE(-5, at);
    expect(EditableModel.read(written.toBuffer()).outputs[0]?.name).toBe('result');
    expect(
      model
        .model()
        .toBuffer()
        .readFloatLE(
          model
            .model()
            .toBuffer()
            .indexOf(bytes.subarray(at, at + 64)),
        ),
    ).toBe(-5);
  });
});

const inBody = (): ProtobufMessage =>
  new ProtobufMessage().string(ATTRIBUTE.name, 'body').message(ATTRIBUTE.g, inGraph(GRAPH.initializer, external()));
const inAttribute = (): ProtobufMessage =>
  new ProtobufMessage().string(ATTRIBUTE.name, 'value').message(ATTRIBUTE.t, external());
const inSparse = (): ProtobufMessage => new ProtobufMessage().message(SPARSE_TENSOR.indices, external());

describe('what ONNX Runtime could not take is refused with a reason', () => {
  test.each<[string, () => Uint8Array, string, string]>([
    ['weights beside the file', () => extended(inGraph(GRAPH.initializer, external())), 'external-data', '"far"'],
    [
      'a list of places beside the file',
      () => extended(inGraph(GRAPH.initializer, new ProtobufMessage().string(TENSOR.externalData, 'x'))),
      'external-data',
      'beside',
    ],
    [
      'a constant of a node beside the file',
      () => extended(inGraph(GRAPH.node, node('Constant', { attribute: inAttribute() }))),
      'external-data',
      '"far"',
    ],
    [
      'a constant of a body beside the file',
      () => extended(inGraph(GRAPH.node, node('If', { attribute: inBody() }))),
      'external-data',
      '"far"',
    ],
    [
      'sparse weights beside the file',
      () => extended(inGraph(GRAPH.sparseInitializer, inSparse())),
      'external-data',
      '"far"',
    ],
    [
      'operators of a domain of its own',
      () => extended(inGraph(GRAPH.node, node('Magic', { domain: 'com.acme' }))),
      'unknown-operators',
      'com.acme.Magic',
    ],
    ['nothing', () => new Uint8Array(0), 'not-onnx', '0 graphs'],
    ['a text', () => Buffer.from('hello, I am no model'), 'not-onnx', 'no ONNX model'],
    ['a ZIP file', () => Buffer.from('PK\u0003\u0004 and more that follows'), 'not-onnx', 'no ONNX model'],
    ['a web page', () => Buffer.from('<!doctype html><title>Not found</title>'), 'not-onnx', 'no ONNX model'],
    ['a graph without its operator sets', () => smallBytes().subarray(0, -6), 'not-onnx', 'operator set'],
    ['a model twice', () => Buffer.concat([smallBytes(), smallBytes()]), 'not-onnx', '2 graphs'],
    ['graphs within graphs without end', () => extended(inGraph(GRAPH.node, nested(40))), 'not-onnx', 'nested'],
    [
      'a graph whose end is missing',
      () => editMessage(smallBytes(), { [MODEL.graph]: (graph) => graph.subarray(0, -3) }),
      'not-onnx',
      'damaged',
    ],
  ])('%s', (_, bytes, code, reason) => {
    expect(() => EditableModel.read(bytes())).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(reason) as string }) as Error,
    );
  });

  test('operators that the file itself defines are no foreign ones', () => {
    const magic = inGraph(GRAPH.node, node('Magic', { domain: 'com.acme' }));
    const definition = new ProtobufMessage()
      .string(FUNCTION.name, 'Magic')
      .message(FUNCTION.node, node('Relu'))
      .string(FUNCTION.domain, 'com.acme');
    const file = extended(magic, new ProtobufMessage().message(MODEL.functions, definition));
    expect(EditableModel.read(file).nodes.at(-1)?.domain).toBe('com.acme');
    const foreign = new ProtobufMessage()
      .string(FUNCTION.name, 'Magic')
      .message(FUNCTION.node, node('Deeper', { domain: 'com.acme' }))
      .string(FUNCTION.domain, 'com.acme');
    expect(() => EditableModel.read(extended(magic, new ProtobufMessage().message(MODEL.functions, foreign)))).toThrow(
      'com.acme.Deeper',
    );
  });

  test('a file that ends anywhere before its end', () => {
    const bytes = smallBytes();
    const codes = Array.from({ length: bytes.byteLength - 1 }, (_, length) => {
      try {
        EditableModel.read(bytes.subarray(0, length));
        return 'taken';
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    expect(new Set(codes)).toEqual(new Set(['truncated', 'not-onnx']));
    // Within the graph, which is nearly all of it.
    expect(codes.filter((code) => code === 'truncated').length).toBeGreaterThan(0.9 * codes.length);
  });

  test('a file with any byte changed is read or refused, and nothing else happens', () => {
    const bytes = extended(
      inGraph(GRAPH.node, node('If', { attribute: inGraph(ATTRIBUTE.g, inGraph(GRAPH.node, node('Relu'))) })),
    );
    let refused = 0;
    for (let at = 0; at < bytes.byteLength; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        try {
          const model = EditableModel.read(damaged);
          expect([model.inputs, model.outputs, model.nodes, model.initializers, model.operatorSets]).toHaveLength(5);
          model.rename(model.outputs[0]?.name ?? '', 'other');
        } catch (error) {
          expect(error).toMatchObject({ name: 'OnnxFileError' });
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(bytes.byteLength / 2);
  });

  test('a file over the bound, or none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
    const path = join(folder, 'model.onnx');
    await writeFile(path, smallBytes());
    const { byteLength } = smallBytes();
    expect(smallBytes().equals(await readModelFile(path, { maxBytes: byteLength }))).toBe(true);
    await expect(readModelFile(path, { maxBytes: byteLength - 1 })).rejects.toMatchObject({ code: 'too-large' });
    await expect(readModelFile(join(folder, 'none.onnx'))).rejects.toMatchObject({ code: 'unreadable' });
    await expect(readModelFile(folder)).rejects.toMatchObject({ code: 'unreadable' });
    await rm(folder, { recursive: true });
  });
});

const nested = (depth: number): ProtobufMessage =>
  node('If', {
    ...(depth > 0 && { attribute: inGraph(ATTRIBUTE.g, inGraph(GRAPH.node, nested(depth - 1))) }),
  });

describe('edits that make no sense are refused', () => {
  const fragmentOn = (name: string, type: 'float32' | 'int64' = 'float32', output = 'more'): Graph => {
    const graph = new Graph('head');
    graph.output(output, op.add(graph.input(name, type, ['B', 3]), 1));
    return graph;
  };
  const old = (version: number): EditableModel =>
    EditableModel.read(
      editMessage(smallBytes(), {
        [MODEL.opsetImport]: () => bytesOf(new ProtobufMessage().string(1, '').uint(2, version)),
      }),
    );
  const meanOf = (): Graph => {
    const graph = new Graph('head');
    graph.output('mean', op.reduceMean(graph.input('y', 'float32', ['B', 3]), [1], { keepDims: false }));
    return graph;
  };
  test.each<[string, (model: EditableModel) => void, string, string]>([
    [
      'a graph on a value that is not there',
      (model) => model.append(fragmentOn('nowhere')),
      'unknown-value',
      '"nowhere"',
    ],
    ['a graph on a value of another type', (model) => model.append(fragmentOn('y', 'int64')), 'wrong-type', 'float32'],
    ['an output that there is', (model) => model.append(fragmentOn('y', 'float32', 'z')), 'duplicate-name', '"z"'],
    [
      'an output with the name of an inner value',
      (model) => model.append(fragmentOn('y', 'float32', 'MatMul_0')),
      'duplicate-name',
      '"MatMul_0"',
    ],
    ['dropping what is no output', (model) => model.dropOutput('x'), 'unknown-value', 'it has y, z'],
    ['dropping what is no input', (model) => model.dropInput('y'), 'unknown-value', 'it has x, bias'],
    ['dropping an input that is needed', (model) => model.dropInput('x'), 'in-use', 'MatMul_0'],
    ['dropping the only output', (model) => ['y', 'z'].forEach((name) => model.dropOutput(name)), 'no-output', '"z"'],
    ['renaming an inner value', (model) => model.rename('MatMul_0', 'm'), 'unknown-value', '"MatMul_0"'],
    ['renaming to a name that there is', (model) => model.rename('y', 'w'), 'duplicate-name', '"w"'],
    ['a shape of another rank', (model) => model.declareShape('x', ['B', 2, 1]), 'wrong-rank', '[B, 2]'],
    ['a shape of an inner value', (model) => model.declareShape('w', [2, 3]), 'unknown-value', '"w"'],
  ])('%s', (_, edit, code, reason) => {
    const model = EditableModel.read(smallBytes());
    expect(() => {
      edit(model);
    }).toThrow(expect.objectContaining({ code, message: expect.stringContaining(reason) as string }) as Error);
  });

  test('operators in a form that the model’s operator set does not have', () => {
    expect(() => {
      old(17).append(meanOf());
    }).toThrow(
      expect.objectContaining({
        code: 'operator-set-too-old',
        message: expect.stringContaining('version 18') as string,
      }) as Error,
    );
    const enough = old(18);
    enough.append(meanOf());
    expect(enough.outputs.map(({ name }) => name)).toEqual(['y', 'z', 'mean']);
  });

  test.each<[string, (graph: Graph) => void, string, string]>([
    [
      'an input that is not there',
      (graph) => graph.output('w', graph.input('in', 'float32', ['B'])),
      'unknown-value',
      '"w"',
    ],
    [
      'an input that has a default',
      (graph) => graph.output('bias', graph.input('in', 'float32', [1])),
      'unknown-value',
      '"bias"',
    ],
    [
      'an input of another type',
      (graph) => graph.output('x', graph.input('in', 'int64', ['B', 2])),
      'wrong-type',
      'float32',
    ],
    [
      'its own input under a name that is taken',
      (graph) => graph.output('x', graph.input('y', 'float32', ['B', 2])),
      'duplicate-name',
      '"y"',
    ],
  ])('a graph before %s is refused', (_, build, code, part) => {
    const model = EditableModel.read(smallBytes());
    const graph = new Graph('before');
    build(graph);
    expect(() => model.prepend(graph)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(part) as string }) as Error,
    );
    expect(model.model().toBuffer().equals(smallBytes())).toBe(true);
  });

  test('a refused edit changes nothing', () => {
    const model = EditableModel.read(smallBytes());
    expect(() => model.append(fragmentOn('y', 'float32', 'z'))).toThrow();
    expect(() => {
      old(6).append(fragmentOn('y'));
    }).toThrow('operator set');
    expect(model.model().toBuffer().equals(smallBytes())).toBe(true);
  });
});

test('nodes that share a name get names of their own', () => {
  const named = (name: string): ProtobufMessage => node('Relu').string(NODE.name, name);
  const twins = ['twin', 'twin', 'twin_2', '', 'twin', ''].reduce(
    (fields, name) => fields.message(GRAPH.node, named(name)),
    new ProtobufMessage(),
  );
  const model = EditableModel.read(extended(twins));
  const before = model.nodes.length;
  model.makeNodeNamesUnique();
  expect(model.nodes.slice(-6).map(({ name }) => name)).toEqual(['twin', 'twin_3', 'twin_2', '', 'twin_4', '']);
  expect(model.nodes).toHaveLength(before);
});

test('what only a dropped output needed goes with it', () => {
  const model = EditableModel.read(smallBytes());
  model.dropOutput('z');
  expect(model.nodes.map(({ operator }) => operator)).toEqual(['MatMul', 'Add', 'Identity']);
  expect(model.initializers.map(({ name }) => name)).toEqual(['bias', 'w']);
});

test('shapes within are forgotten with what has them, all of them when a shape is declared', () => {
  const shapesOf = (model: EditableModel): readonly string[] =>
    contentsOf(contentsOf(model.model().toBuffer(), MODEL.graph)[0] ?? new Uint8Array(), GRAPH.valueInfo).map(
      (value) => readValue(value).name,
    );
  const shaped = (name: string): ProtobufMessage => new ProtobufMessage().string(VALUE_INFO.name, name);
  const shapes = ['MatMul_0', 'Mul_3'].reduce(
    (fields, name) => fields.message(GRAPH.valueInfo, shaped(name)),
    new ProtobufMessage(),
  );
  const model = EditableModel.read(extended(shapes));
  model.dropOutput('z');
  expect(shapesOf(model)).toEqual(['MatMul_0']);
  model.declareShape('x', [5, 2]);
  expect(shapesOf(model)).toEqual([]);
  expect(model.inputs[0]).toEqual({ name: 'x', type: 'float32', shape: [5, 2], optional: false });
});

test('a graph that is added twice gets names of its own each time', () => {
  const model = EditableModel.read(smallBytes());
  for (const output of ['first', 'second']) {
    const graph = new Graph('head');
    graph.output(output, op.mul(graph.input('y', 'float32', ['B', 3]), graph.initializer('w', scalar('float32', 3))));
    model.append(graph);
  }
  const names = model.nodes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(model.initializers.map(({ name }) => name)).toEqual(['bias', 'w', 'float32(2)', 'head/w', 'head_2/w']);
});
