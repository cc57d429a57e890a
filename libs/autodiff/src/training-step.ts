import { Graph, type OnnxModel } from '@offerstream/onnx';
import { adamStep, type AdamOptions } from './adam.js';
import { constant, type Initializer } from './initializers.js';
import { gradients } from './gradients.js';
import { carriedOf, type Model, type TrainedOutputs } from './model.js';
import { ParameterInputs } from './parameters.js';

/** A tensor that one step changes for the next: input `name`, output `next/name`. */
export interface StepState {
  readonly name: string;
  readonly shape: readonly number[];
  /** Moments are the optimizer's own. */
  readonly kind: 'parameter' | 'moment' | 'carried';
  readonly initializer: Initializer;
}

/** Forward, gradient and optimizer as one ONNX graph. */
export interface TrainingStep {
  readonly model: OnnxModel;
  readonly states: readonly StepState[];
  /** Names of the model's own outputs. */
  readonly outputs: readonly string[];
}

/** Names of the graph's inputs and outputs beside the model's own. */
export const LEARNING_RATE = 'learning-rate';
export const STEP = 'step';
export const LOSS = 'loss';
export const GRADIENT_NORM = 'gradient-norm';
export const nextOf = (name: string): string => `next/${name}`;

/** @throws {AutodiffError} `model-invalid`, `no-gradient`, `no-influence` */
export const trainingStep = (model: Model<TrainedOutputs>, options: AdamOptions): TrainingStep => {
  const graph = new Graph('training-step');
  const parameters = new ParameterInputs(graph, true);
  const built = model(graph, parameters);
  const carried = carriedOf(graph, built);
  const { learned, runningOnes } = parameters;

  const moments = learned.map(({ name, shape }) => ({ first: `first/${name}`, second: `second/${name}`, shape }));
  const slopes = gradients(
    built.loss,
    learned.map(({ value }) => value),
  );
  const adamStates = moments.map(({ first, second, shape }, i) => ({
    ...(learned[i] as (typeof learned)[number]),
    gradient: slopes[i] as (typeof slopes)[number],
    first: graph.input(first, 'float32', shape),
    second: graph.input(second, 'float32', shape),
  }));
  const learningRate = graph.input(LEARNING_RATE, 'float32', []);
  const step = graph.input(STEP, 'float32', []);
  const { gradientNorm, next } = graph.scope('adam', () => adamStep(adamStates, learningRate, step, options));

  graph.output(LOSS, built.loss);
  graph.output(GRADIENT_NORM, gradientNorm);
  const outputs = Object.entries(built.outputs ?? {});
  for (const [name, value] of outputs) graph.output(name, value);
  next.forEach(({ value, first, second }, i) => {
    const { name } = learned[i] as (typeof learned)[number];
    const moment = moments[i] as (typeof moments)[number];
    graph.output(nextOf(name), value);
    graph.output(nextOf(moment.first), first);
    graph.output(nextOf(moment.second), second);
  });
  for (const { name, next: value } of [...runningOnes, ...carried]) graph.output(nextOf(name), value);

  const zeros = constant(0);
  return {
    model: graph.model(),
    outputs: outputs.map(([name]) => name),
    states: [
      ...[...learned, ...runningOnes].map(({ name, shape, initializer }) => ({
        name,
        shape,
        initializer,
        kind: 'parameter' as const,
      })),
      ...moments.flatMap(({ first, second, shape }) =>
        [first, second].map((name) => ({ name, shape, initializer: zeros, kind: 'moment' as const })),
      ),
      ...carried.map(({ name, shape }) => ({ name, shape, initializer: zeros, kind: 'carried' as const })),
    ],
  };
};
