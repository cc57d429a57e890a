import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Graph, op } from '@offerstream/onnx';
import { openSession, tensorBytes, type Tensors } from '@offerstream/onnx-runtime';
import {
  dense,
  embedding,
  negativeLogLikelihood,
  SeededRandom,
  TrainedParameters,
  Trainer,
  type Parameters,
} from './index.js';
import { batch, languageModel, PARALLEL, SMALL } from './language-model.fixture.js';
import { openTrainer } from './trainer.fixture.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodiff-'));
});
afterAll(() => rm(folder, { recursive: true }));

const bytesOf = (tensors: Tensors): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, Buffer.from(tensorBytes(tensor)).toString('hex')]),
  );

const int64 = (...values: number[]) =>
  ({ dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) }) as const;
const float32 = (dims: number[], ...values: number[]) =>
  ({ dtype: 'float32', dims, data: Float32Array.from(values) }) as const;

describe('Trainer', () => {
  test('softmax regression reaches its optimum: the entropy of the classes given the input', async () => {
    const trainer = await openTrainer((graph, parameters) => {
      const x = graph.input('x', 'int64', ['B']);
      const logits = embedding(parameters, 'logits', x, { rows: 2, size: 3 });
      const losses = negativeLogLikelihood(logits, graph.input('y', 'int64', ['B']));
      return { loss: op.reduceMean(losses, [0], { keepDims: false }) };
    });
    // Input 0 has the classes 1/2, 1/4, 1/4, input 1 has 1/4, 3/4, 0.
    const feeds = { x: int64(0, 0, 0, 0, 1, 1, 1, 1), y: int64(0, 0, 1, 2, 0, 1, 1, 1) };
    const entropy = 0.5 * (1.5 * Math.log(2)) + 0.5 * (0.5 * Math.log(2) - 0.75 * Math.log(0.75));
    let loss = Infinity;
    for (let step = 0; step < 300; step++) ({ loss } = await trainer.step(feeds, 0.05));
    expect(loss).toBeGreaterThan(entropy);
    expect(loss).toBeLessThan(entropy + 0.005);
    await trainer.close();
  });

  test('a network with a hidden layer learns what no linear one can, and serves what it learned', async () => {
    const logitsOf = (graph: Graph, parameters: Parameters) => {
      const hidden = op.tanh(dense(parameters, 'hidden', graph.input('x', 'float32', ['B', 2]), 8));
      return dense(parameters, 'output', hidden, 2);
    };
    const trainer = await openTrainer((graph, parameters) => {
      const losses = negativeLogLikelihood(logitsOf(graph, parameters), graph.input('y', 'int64', ['B']));
      return { loss: op.reduceMean(losses, [0], { keepDims: false }) };
    });
    const x = float32([4, 2], -1, -1, -1, 1, 1, -1, 1, 1);
    let loss = Infinity;
    for (let step = 0; step < 300; step++) ({ loss } = await trainer.step({ x, y: int64(0, 1, 1, 0) }, 0.05));
    expect(loss).toBeLessThan(0.01);

    const graph = new Graph('served');
    graph.output('class', op.topK(logitsOf(graph, new TrainedParameters(graph, trainer.parameters)), 1).indices);
    const session = await openSession(graph.model().toBuffer());
    expect((await session.run({ x })).class?.data).toEqual(BigInt64Array.of(0n, 1n, 1n, 0n));
    await session.close();
    await trainer.close();
  });

  test('a language model learns, and its evaluator uses the parameters as they are', async () => {
    const trainer = await openTrainer(languageModel(SMALL));
    const evaluator = await trainer.evaluator(languageModel(SMALL));
    const held = batch(new SeededRandom(99).next);
    const evaluate = async (): Promise<number> => {
      evaluator.resetCarried();
      return Number((await evaluator.run(held)).loss?.data[0]);
    };
    const before = await evaluate();
    expect(before).toBeGreaterThan(Math.log(50) - 0.5);
    const random = new SeededRandom(2);
    for (let step = 0; step < 200; step++) await trainer.step(batch(random.next), 0.01);
    const after = await evaluate();
    expect(after).toBeLessThan(before / 2);
    // What it carries it carries itself.
    await evaluator.run(held);
    expect(Number((await evaluator.run(held)).loss?.data[0])).not.toBe(after);
    expect(await evaluate()).toBe(after);
    await trainer.close();
  });

  test('parameters begin with what is given, and the others by chance', async () => {
    const bias = float32([2], 3, 4);
    const open = (initial: Tensors) =>
      Trainer.open({
        model: (graph, parameters) => {
          const y = dense(parameters, 'output', graph.input('x', 'float32', ['B', 3]), 2);
          return { loss: op.reduceMean(y, [0, 1], { keepDims: false }) };
        },
        random: new SeededRandom(1).next,
        initial,
      });
    const trainer = await open({ 'output/bias': bias, 'of another': bias });
    expect(trainer.parameters['output/bias']).toEqual(bias);
    expect(Object.keys(trainer.parameters)).toEqual(['output/weights', 'output/bias']);
    expect(trainer.parameters['output/weights']?.data.every((value) => value !== 0)).toBe(true);
    await trainer.close();
    await expect(open({ 'output/bias': float32([1], 3) })).rejects.toMatchObject({
      code: 'model-invalid',
      message: 'initial "output/bias" should be float32 [2], not float32 [1]',
    });
  });

  test('one and two threads give the same bits', async () => {
    const [one, two] = [await openTrainer(languageModel(PARALLEL)), await openTrainer(languageModel(PARALLEL), 2)];
    const random = new SeededRandom(3);
    for (let step = 0; step < 20; step++) {
      const feeds = batch(random.next, PARALLEL);
      const results = [await one.step(feeds, 0.01), await two.step(feeds, 0.01)];
      expect(results[1]).toEqual(results[0]);
    }
    expect(bytesOf(two.parameters)).toEqual(bytesOf(one.parameters));
    await one.close();
    await two.close();
  });

  test('training that is taken up again from a checkpoint gives the bytes of unbroken training', async () => {
    const path = join(folder, 'resumed');
    const unbroken = await openTrainer(languageModel(SMALL));
    const random = new SeededRandom(4);
    for (let step = 0; step < 5; step++) await unbroken.step(batch(random.next), 0.01);
    await unbroken.save(path, { random: random.state });
    await copyFile(path, `${path}.5`);
    const losses: number[] = [];
    for (let step = 0; step < 5; step++) losses.push((await unbroken.step(batch(random.next), 0.01)).loss);
    await unbroken.save(path, {});

    const resumed = await Trainer.open({
      model: languageModel(SMALL),
      random: new SeededRandom(77).next,
      adam: { clipNorm: 1 },
    });
    const progress = (await resumed.restore(`${path}.5`)) as { readonly random: number };
    const sameRandom = new SeededRandom(progress.random);
    expect(resumed.stepsDone).toBe(5);
    for (const loss of losses) expect((await resumed.step(batch(sameRandom.next), 0.01)).loss).toBe(loss);
    await resumed.save(`${path}.10`, {});
    expect(bytesOf(resumed.parameters)).toEqual(bytesOf(unbroken.parameters));
    await unbroken.close();
    await resumed.close();
  });

  test('a step whose loss is not a number is refused with its number and changes nothing', async () => {
    const trainer = await openTrainer((graph, parameters) => {
      const y = dense(parameters, 'line', graph.input('x', 'float32', ['B', 1]), 1);
      return { loss: op.reduceMean(op.mul(y, y), [0, 1], { keepDims: false }) };
    });
    await trainer.step({ x: float32([1, 1], 1) }, 0.1);
    const before = bytesOf(trainer.parameters);
    await expect(trainer.step({ x: float32([1, 1], NaN) }, 0.1)).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining('step 2: the loss is NaN') as string,
    });
    // The loss is finite here, its gradient is not.
    await expect(trainer.step({ x: float32([1, 1], 1e19) }, 0.1)).rejects.toMatchObject({ code: 'not-finite' });
    expect(bytesOf(trainer.parameters)).toEqual(before);
    expect(trainer.stepsDone).toBe(1);
    await trainer.close();
  });

  test('a second call meanwhile, and the checkpoint of another model, are refused', async () => {
    const trainer = await openTrainer(languageModel(SMALL));
    const first = trainer.step(batch(new SeededRandom(5).next), 0.01);
    await expect(trainer.step(batch(new SeededRandom(5).next), 0.01)).rejects.toMatchObject({ code: 'busy' });
    await first;
    const path = join(folder, 'language');
    await trainer.save(path, null);
    await trainer.close();

    const other = await openTrainer((graph, parameters) => {
      const y = dense(parameters, 'line', graph.input('x', 'float32', ['B', 1]), 1);
      return { loss: op.reduceMean(op.mul(y, y), [0, 1], { keepDims: false }) };
    });
    await expect(other.restore(path)).rejects.toMatchObject({
      code: 'checkpoint-mismatch',
      message: expect.stringContaining('line/weights [1, 1] is not there') as string,
    });
    await expect(
      other.evaluator((_, parameters) => ({
        outputs: { y: dense(parameters, 'other', parameters.graph.input('x', 'float32', [1, 1]), 1) },
      })),
    ).rejects.toMatchObject({ code: 'model-invalid' });
    await other.close();
  });

  test('an execution provider that this machine does not have is refused', async () => {
    const opened = Trainer.open({ model: languageModel(SMALL), random: () => 0, provider: 'cuda' });
    await expect(opened).rejects.toMatchObject({ code: 'provider-unavailable' });
  });

  test('what is carried has to fit the input that gets it', async () => {
    const carrying = (name: string): Promise<Trainer> =>
      openTrainer((graph, parameters) => {
        const x = graph.input('x', 'float32', ['B', 1]);
        const y = dense(parameters, 'line', x, 1);
        return { loss: op.reduceMean(y, [0, 1], { keepDims: false }), carried: { [name]: y } };
      });
    await expect(carrying('nothing')).rejects.toMatchObject({ code: 'model-invalid' });
    await expect(carrying('x')).rejects.toMatchObject({ code: 'model-invalid' });
  });
});
