import type { Graph, Value } from '@offerstream/onnx';
import { AutodiffError } from './errors.js';
import type { Parameters } from './parameters.js';

/** What a model's function puts into a graph. */
export interface ModelOutputs {
  /** What training makes small: a float32 scalar. */
  readonly loss?: Value<'float32'>;
  /** What is computed in a step, by name. */
  readonly outputs?: Readonly<Record<string, Value>>;
  /**
   * What one step hands to the next, by the name of the graph's input that gets it; zeros at first. No gradient flows through it, as in
   * truncated backpropagation through time.
   */
  readonly carried?: Readonly<Record<string, Value>>;
}

export interface TrainedOutputs extends ModelOutputs {
  readonly loss: Value<'float32'>;
}

/** Builds a model into an empty graph: declares its inputs, takes its parameters, and gives back what it computes. */
export type Model<Outputs extends ModelOutputs> = (graph: Graph, parameters: Parameters) => Outputs;

/** A value that is carried from one run of a graph to the next. */
export interface Carried {
  /** Of the input that gets it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly next: Value;
}

/** @throws {AutodiffError} `model-invalid` */
export const carriedOf = (graph: Graph, { carried = {} }: ModelOutputs): readonly Carried[] =>
  Object.entries(carried).map(([name, next]) => {
    const input = graph.inputs.find((candidate) => candidate.name === name);
    if (input === undefined) {
      throw new AutodiffError('model-invalid', `carried "${name}": the graph has no input of that name`);
    }
    const shape = input.shape.filter((dimension) => typeof dimension === 'number');
    const [from, to] = [next, input].map((value) => `${value.type} [${value.shape.join(', ')}]`);
    if (from !== to || input.type !== 'float32' || shape.length < input.shape.length) {
      throw new AutodiffError(
        'model-invalid',
        `carried "${name}": expected float32 of one shape without named sizes, got ${from ?? ''} for ${to ?? ''}`,
      );
    }
    return { name, shape, next };
  });
