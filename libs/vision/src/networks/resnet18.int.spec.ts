import { SeededRandom, TrainedParameters, Trainer } from '@offerstream/autodiff';
import { Graph } from '@offerstream/onnx';
import { openSession, tensorBytes, type Tensor, type Tensors } from '@offerstream/onnx-runtime';
import { augmentedBatch, pixelsOf } from './image-batch.js';
import type { ImageNetwork } from './image-network.js';
import { servingGraph, trainingModel } from './network-graph.js';
import { resNet18 } from './resnet18.js';
import { resNet18Weights } from './resnet18-weights.js';
import { drawnShapes, SHAPES } from './shapes.fixture.js';
import { torchResNet18 } from './torch-resnet18.fixture.js';

const SIDE = 32;
const weights = resNet18Weights(torchResNet18());
const random = new SeededRandom(1).next;
const shapes = drawnShapes(6, SIDE, random);
const rows = [...shapes.images.keys()];

const open = (network: ImageNetwork, threads = 1) =>
  Trainer.open({
    model: trainingModel(network, SHAPES.length),
    random: new SeededRandom(2).next,
    threads,
    ...(network.initial && { initial: network.initial }),
  });

const step = (trainer: Trainer) => trainer.step(augmentedBatch(shapes, rows, { flip: false, shift: 0 }, random), 0.001);

const embeddingOf = async (network: ImageNetwork, parameters: Tensors): Promise<Float32Array> => {
  const graph = servingGraph(network, { parameters, priors: [0.5, 0.25, 0.25], temperature: 1 });
  const session = await openSession(graph.toBuffer());
  const { embedding } = await session.run(pixelsOf(shapes, rows));
  await session.close();
  return embedding?.data as Float32Array;
};

test('has the parameters of 18 layers: 11.2 million without the last', () => {
  const graph = new Graph('sizes');
  const parameters = new TrainedParameters(graph, weights);
  const features = resNet18({ side: 64 }).features(parameters, graph.input('images', 'float32', ['B', 3, 64, 64]));
  expect(features.shape).toEqual(['B', 512]);
  const learned = Object.entries(weights).filter(([name]) => !/\/(mean|variance)$/.test(name));
  expect(learned.reduce((sum, [, { data }]) => sum + data.length, 0)).toBe(11_689_512 - 513_000);
  const convolutions = graph.nodes.filter(({ operator }) => operator === 'Conv');
  // Three of them lie on the ways around.
  expect(convolutions).toHaveLength(17 + 3);
});

test.each([0, 1, 3, 8, 'all'] as const)('%p of its blocks learn, and only they', async (learning) => {
  const network = resNet18({ side: SIDE, weights, learning });
  const trainer = await open(network);
  const expected = await embeddingOf(resNet18({ side: SIDE }), { ...weights, ...trainer.parameters });
  const before = await embeddingOf(network, trainer.parameters);
  // With constants, ONNX Runtime puts convolutions and normalizations together, and rounds otherwise.
  expect([...before]).toEqual([...expected].map((value) => expect.closeTo(value, 4) as number));

  const first = trainer.parameters;
  const { loss } = await step(trainer);
  expect((await step(trainer)).loss).toBeLessThan(loss);
  const blocks = new Set(Object.keys(first).map((name) => /^(layer\d\.\d|conv1|bn1|classes)/.exec(name)?.[0]));
  const inOrder = [
    'conv1',
    'bn1',
    ...[1, 2, 3, 4].flatMap((stage) => [`layer${stage}.0`, `layer${stage}.1`]),
    'classes',
  ];
  expect([...blocks]).toEqual(learning === 'all' ? inOrder : inOrder.slice(10 - learning));
  for (const [name, tensor] of Object.entries(trainer.parameters)) {
    expect(Buffer.compare(tensorBytes(tensor), tensorBytes(first[name] as Tensor))).not.toBe(0);
  }
  await trainer.close();
});

test('one and two threads give the same bits', async () => {
  const network = resNet18({ side: SIDE, weights });
  const [one, two] = [await open(network), await open(network, 2)];
  for (let i = 0; i < 3; i++) expect((await step(two)).loss).toBe((await step(one)).loss);
  for (const [name, tensor] of Object.entries(one.parameters)) {
    expect(Buffer.compare(tensorBytes(two.parameters[name] as Tensor), tensorBytes(tensor))).toBe(0);
  }
  await one.close();
  await two.close();
});

test.each([
  [{ side: 48 }, 'not 48'],
  [{ side: 0 }, 'not 0'],
  [{ side: 64, weights, learning: 9 }, 'not 9'],
  [{ side: 64, learning: 1 }, 'need weights'],
])('is refused: %#', (options, message) => {
  expect(() => resNet18(options)).toThrow(
    expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(message) as string }) as Error,
  );
});
