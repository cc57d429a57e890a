import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dense,
  negativeLogLikelihood,
  SeededRandom,
  TrainedParameters,
  Trainer,
  warmUpThenCosine,
  type Parameters,
} from '@offerstream/autodiff';
import { Graph, op, type Value } from '@offerstream/onnx';
import { openSession, type Tensors } from '@offerstream/onnx-runtime';

/** The network itself, built into every graph that needs it: training, evaluation, serving. */
const logits = (parameters: Parameters): Value<'float32'> => {
  const points = parameters.graph.input('points', 'float32', ['B', 2]);
  const hidden = op.tanh(dense(parameters, 'hidden', points, 16));
  return dense(parameters, 'output', hidden, 2);
};

/** What training makes small. */
const model = (graph: Graph, parameters: Parameters) => {
  const losses = negativeLogLikelihood(logits(parameters), graph.input('classes', 'int64', ['B']));
  return { loss: op.reduceMean(losses, [0], { keepDims: false }) };
};

/** Points of a square, and whether each lies inside a circle. */
const batch = (random: () => number): Tensors => {
  const data = new Float32Array(128).map(() => 2 * random() - 1);
  const inside = (i: number) => Math.hypot(data[2 * i] ?? 0, data[2 * i + 1] ?? 0) < 0.7;
  const classes = BigInt64Array.from({ length: 64 }, (_, i) => (inside(i) ? 1n : 0n));
  return {
    points: { dtype: 'float32', dims: [64, 2], data },
    classes: { dtype: 'int64', dims: [64], data: classes },
  };
};

/** @returns the loss on points that training did not see, and the class that is served for the circle's centre */
export const trainAndServe = async (): Promise<{ readonly loss: number; readonly centre: bigint }> => {
  const folder = await mkdtemp(join(tmpdir(), 'autodiff-'));
  const checkpoint = join(folder, 'circle.checkpoint');
  const random = new SeededRandom(1);
  const rate = warmUpThenCosine({ rate: 0.1, warmUp: 20, steps: 400 });
  const open = () => Trainer.open({ model, random: random.next, adam: { clipNorm: 1 } });

  const first = await open();
  while (first.stepsDone < 200) await first.step(batch(random.next), rate(first.stepsDone + 1));
  await first.save(checkpoint, { random: random.state });
  await first.close();

  // Another process can go on from here, with the same result as if nothing had happened.
  const trainer = await open();
  const progress = (await trainer.restore(checkpoint)) as { readonly random: number };
  const sameRandom = new SeededRandom(progress.random);
  while (trainer.stepsDone < 400) await trainer.step(batch(sameRandom.next), rate(trainer.stepsDone + 1));

  const evaluator = await trainer.evaluator(model);
  const { loss } = await evaluator.run(batch(sameRandom.next));

  const graph = new Graph('circle');
  graph.output('class', op.topK(logits(new TrainedParameters(graph, trainer.parameters)), 1).indices);
  await trainer.close();
  await graph.model().writeTo(join(folder, 'circle.onnx'));
  const served = await openSession(join(folder, 'circle.onnx'));
  const centre = await served.run({ points: { dtype: 'float32', dims: [1, 2], data: Float32Array.of(0, 0) } });
  await served.close();

  await rm(folder, { recursive: true });
  return { loss: Number(loss?.data[0]), centre: BigInt(centre.class?.data[0] ?? -1) };
};
