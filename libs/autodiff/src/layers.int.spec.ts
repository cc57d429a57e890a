import { Graph, op, type Value } from '@offerstream/onnx';
import { openSession, type Tensors } from '@offerstream/onnx-runtime';
import {
  batchNormalized,
  causalBias,
  convolution,
  dense,
  embedding,
  gelu,
  imageInput,
  imageMean,
  largestOfWindows,
  layerNormalized,
  lstmLayer,
  negativeLogLikelihood,
  SeededRandom,
  selfAttention,
  TrainedParameters,
  Trainer,
  type Model,
  type Parameters,
  type TrainedOutputs,
} from './index.js';
import { openTrainer } from './trainer.fixture.js';

const int64 = (dims: readonly number[], values: readonly number[]) =>
  ({ dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) }) as const;

/** Runs what the functions of a trained model serve. */
const serve = async (trainer: Trainer, build: (parameters: Parameters) => Value, feeds: Tensors): Promise<number[]> => {
  const graph = new Graph('served');
  graph.output('y', build(new TrainedParameters(graph, trainer.parameters)));
  const session = await openSession(graph.model().toBuffer());
  const { y } = await session.run(feeds);
  await session.close();
  return Array.from<number | bigint>(y?.data ?? []).map(Number);
};

describe('a causal Transformer', () => {
  const WORDS = 8;
  const logits = (parameters: Parameters, length: number | string): Value<'float32'> => {
    const tokens = parameters.graph.input('tokens', 'int64', ['B', length]);
    const words = embedding(parameters, 'words', tokens, { rows: WORDS, size: 16 });
    const places = embedding(parameters, 'places', op.positions(words, 1), { rows: 6, size: 16 });
    const x = op.add(words, places);
    const attended = op.add(
      x,
      selfAttention(parameters, 'attention', layerNormalized(parameters, 'before', x), 2, causalBias(x, 1)),
    );
    const wide = gelu(dense(parameters, 'wide', layerNormalized(parameters, 'between', attended), 32));
    return dense(parameters, 'output', op.add(attended, dense(parameters, 'narrow', wide, 16)), WORDS);
  };
  const model: Model<TrainedOutputs> = (graph, parameters) => {
    const targets = graph.input('targets', 'int64', ['N']);
    const losses = negativeLogLikelihood(op.reshape(logits(parameters, 'T'), ['N', WORDS]), targets);
    return { loss: op.reduceMean(losses, [0], { keepDims: false }) };
  };
  /** The word of two steps ago comes again: to know it, a position has to look back. */
  const batch = (random: () => number, count = 8): Tensors => {
    const rows = Array.from({ length: count }, () => {
      const [a, b] = [Math.floor(random() * WORDS), Math.floor(random() * WORDS)];
      return [a, b, a, b, a, b, a];
    });
    return {
      tokens: int64(
        [count, 6],
        rows.flatMap((row) => row.slice(0, 6)),
      ),
      targets: int64(
        [count * 6],
        rows.flatMap((row) => row.slice(1)),
      ),
    };
  };

  test('learns to look back, and a position does not see what comes after it', async () => {
    const trainer = await openTrainer(model);
    const random = new SeededRandom(2);
    let loss = Infinity;
    for (let step = 0; step < 200; step++) ({ loss } = await trainer.step(batch(random.next), 0.01));
    // One of six words can't be known.
    expect(loss).toBeLessThan(Math.log(WORDS) / 6 + 0.1);

    const first = await serve(trainer, (parameters) => logits(parameters, 'T'), { tokens: int64([1, 3], [5, 3, 5]) });
    const other = await serve(trainer, (parameters) => logits(parameters, 'T'), { tokens: int64([1, 3], [5, 3, 1]) });
    const bestAfterThird = first.slice(2 * WORDS).indexOf(Math.max(...first.slice(2 * WORDS)));
    expect(bestAfterThird).toBe(3);
    expect(other.slice(0, 2 * WORDS)).toEqual(first.slice(0, 2 * WORDS));
    expect(other.slice(2 * WORDS)).not.toEqual(first.slice(2 * WORDS));
    await trainer.close();
  });

  test('one and two threads give the same bits', async () => {
    const [one, two] = [await openTrainer(model), await openTrainer(model, 2)];
    const random = new SeededRandom(3);
    for (let step = 0; step < 10; step++) {
      // So many that ONNX Runtime divides the work between threads.
      const feeds = batch(random.next, 500);
      expect(await two.step(feeds, 0.01)).toEqual(await one.step(feeds, 0.01));
    }
    expect(two.parameters).toEqual(one.parameters);
    await one.close();
    await two.close();
  });
});

describe('an image network', () => {
  const SIZE = 8;
  const logits = (parameters: Parameters): Value<'float32'> => {
    const images = imageInput(parameters, parameters.graph.input('images', 'float32', ['B', 1, SIZE, SIZE]));
    const first = convolution(parameters, 'first', images, { channels: 4, kernel: 3, padding: 1 });
    const normalized = op.relu(batchNormalized(parameters, 'first-norm', first));
    const pooled = largestOfWindows(parameters, normalized, { kernel: 2, stride: 2 });
    const second = convolution(parameters, 'second', pooled, { channels: 4, kernel: 3, stride: 2, padding: 1 });
    const features = op.relu(batchNormalized(parameters, 'second-norm', second));
    return dense(parameters, 'output', imageMean(parameters, features), 2);
  };
  const model: Model<TrainedOutputs> = (graph, parameters) => {
    const losses = negativeLogLikelihood(logits(parameters), graph.input('labels', 'int64', ['B']));
    return { loss: op.reduceMean(losses, [0], { keepDims: false }) };
  };
  /** Lines in noise, across or down. */
  const batch = (
    random: () => number,
    rows: number,
  ): { readonly feeds: Tensors; readonly labels: readonly number[] } => {
    const labels = Array.from({ length: rows }, () => Math.floor(random() * 2));
    const data = new Float32Array(rows * SIZE * SIZE).map(() => 3 + 0.5 * random());
    labels.forEach((label, row) => {
      const at = Math.floor(random() * SIZE);
      for (let i = 0; i < SIZE; i++) data[row * SIZE * SIZE + (label === 0 ? at * SIZE + i : i * SIZE + at)] = 4;
    });
    return { feeds: { images: { dtype: 'float32', dims: [rows, 1, SIZE, SIZE], data } }, labels };
  };
  const step = async (trainer: Trainer, random: () => number, rows = 16): Promise<number> => {
    const { feeds, labels } = batch(random, rows);
    return (await trainer.step({ ...feeds, labels: int64([rows], labels) }, 0.02)).loss;
  };

  test('learns, and serves single images by the running means', async () => {
    const trainer = await openTrainer(model);
    const random = new SeededRandom(4);
    let loss = Infinity;
    for (let i = 0; i < 150; i++) loss = await step(trainer, random.next);
    expect(loss).toBeLessThan(0.1);

    let right = 0;
    for (let i = 0; i < 40; i++) {
      const { feeds, labels } = batch(random.next, 1);
      const [across = 0, down = 0] = await serve(trainer, logits, feeds);
      if ((down > across ? 1 : 0) === labels[0]) right++;
    }
    expect(right).toBeGreaterThanOrEqual(38);
    await trainer.close();
  });

  test('the running means go a tenth of the way to those of each batch', async () => {
    const trainer = await openTrainer((graph, parameters) => {
      const images = imageInput(parameters, graph.input('x', 'float32', ['B', 2, 1, 2]));
      const x = batchNormalized(parameters, 'norm', images);
      return { loss: op.reduceMean(op.mul(x, x), [0, 1, 2, 3], { keepDims: false }) };
    });
    const x = { dtype: 'float32', dims: [2, 2, 1, 2], data: Float32Array.of(1, 2, 10, 10, 3, 6, 10, 14) } as const;
    await trainer.step({ x }, 0.001);
    // Channel 0 has 1, 2, 3, 6 (mean 3, variance 14 / 3), channel 1 has 10, 10, 10, 14 (mean 11, variance 4).
    const close = (values: number[]): unknown[] => values.map((value) => expect.closeTo(value, 5) as unknown);
    expect([...(trainer.parameters['norm/mean']?.data ?? [])]).toEqual(close([0.3, 1.1]));
    expect([...(trainer.parameters['norm/variance']?.data ?? [])]).toEqual(close([0.9 + 14 / 30, 1.3]));
    await trainer.close();
  });

  test('one and two threads give the same bits', async () => {
    const [one, two] = [await openTrainer(model), await openTrainer(model, 2)];
    const randoms = [new SeededRandom(5), new SeededRandom(5)] as const;
    for (let i = 0; i < 10; i++) {
      expect(await step(two, randoms[1].next, 500)).toBe(await step(one, randoms[0].next, 500));
    }
    expect(two.parameters).toEqual(one.parameters);
    await one.close();
    await two.close();
  });
});

test('an LSTM that is run step by step from its state gives what it gives over the whole sequence', async () => {
  const run = (parameters: Parameters, steps: number) => {
    const x = parameters.graph.input('x', 'float32', [steps, 1, 2]);
    const state = {
      hidden: parameters.graph.input('hidden', 'float32', [1, 3]),
      cell: parameters.graph.input('cell', 'float32', [1, 3]),
    };
    return lstmLayer(parameters, 'lstm', x, state);
  };
  const trainer = await openTrainer((_, parameters) => ({
    loss: op.reduceMean(run(parameters, 4).outputs, [0, 1, 2], { keepDims: false }),
  }));
  // It keeps what it has until it learns to forget.
  expect([...(trainer.parameters['lstm/bias']?.data ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
  const evaluator = async (steps: number) =>
    trainer.evaluator((_, parameters) => {
      const { outputs, state } = run(parameters, steps);
      return { outputs: { outputs }, carried: { ...state } };
    });
  const data = Float32Array.of(1, 2, -1, 0.5, 0, 3, -2, 1);
  const whole = await (await evaluator(4)).run({ x: { dtype: 'float32', dims: [4, 1, 2], data } });
  const single = await evaluator(1);
  const outputs: number[] = [];
  for (let step = 0; step < 4; step++) {
    const x = { dtype: 'float32', dims: [1, 1, 2], data: data.slice(2 * step, 2 * step + 2) } as const;
    outputs.push(...((await single.run({ x })).outputs?.data as Float32Array));
  }
  expect(outputs).toEqual(
    [...(whole.outputs?.data as Float32Array)].map((value) => expect.closeTo(value, 6) as number),
  );
  await trainer.close();
});
