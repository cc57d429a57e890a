import { tensor, type Graph, type Value } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import { AutodiffError } from './errors.js';
import type { Initializer } from './initializers.js';

/**
 * Where a model's functions get their parameters from: the same functions build the graph that trains and the graph that is served,
 * so what is served can't differ from what was trained.
 */
export interface Parameters {
  readonly graph: Graph;
  /** Whether the graph trains; a layer may then normalize by its batch, or feed a dropout mask. */
  readonly training: boolean;
  /**
   * A parameter, float32.
   *
   * @param name of this parameter alone, for example `output/weights`
   * @param initializer makes the values it has before training
   */
  get(name: string, shape: readonly number[], initializer: Initializer): Value<'float32'>;
  /**
   * A value that training keeps without a gradient, such as a running mean, float32.
   *
   * @param next makes what it is after a training step; without it, it stays
   */
  running(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    next?: (current: Value<'float32'>) => Value<'float32'>,
  ): Value<'float32'>;
}

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  readonly value: Value<'float32'>;
}

export interface RunningParameter extends Parameter {
  readonly next: Value<'float32'>;
}

/** Parameters that are inputs of the graph, for training and evaluation. */
export class ParameterInputs implements Parameters {
  readonly #learned: Parameter[] = [];
  readonly #running: RunningParameter[] = [];

  constructor(
    readonly graph: Graph,
    readonly training: boolean,
  ) {}

  /** Those that have a gradient. */
  get learned(): readonly Parameter[] {
    return this.#learned;
  }

  get runningOnes(): readonly RunningParameter[] {
    return this.#running;
  }

  get(name: string, shape: readonly number[], initializer: Initializer): Value<'float32'> {
    const value = this.graph.input(name, 'float32', shape);
    this.#learned.push({ name, shape, initializer, value });
    return value;
  }

  running(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    next: (current: Value<'float32'>) => Value<'float32'> = (current) => current,
  ): Value<'float32'> {
    const value = this.graph.input(name, 'float32', shape);
    this.#running.push({ name, shape, initializer, value, next: next(value) });
    return value;
  }
}

/** Parameters with the values that training gave them, as constants of a graph that is served. */
export class TrainedParameters implements Parameters {
  readonly training = false;
  readonly #values: Tensors;

  /** @param values by name, for example `trainer.parameters` */
  constructor(
    readonly graph: Graph,
    values: Tensors,
  ) {
    this.#values = values;
  }

  /** @throws {AutodiffError} `model-invalid` when training had no such parameter */
  get(name: string, shape: readonly number[]): Value<'float32'> {
    const trained = this.#values[name];
    if (trained?.dtype !== 'float32' || trained.dims.join() !== shape.join()) {
      const found =
        trained === undefined ? 'there is none' : `${trained.dtype} [${trained.dims.join(', ')}] was trained`;
      throw new AutodiffError('model-invalid', `parameter "${name}" should be float32 [${shape.join(', ')}]: ${found}`);
    }
    return this.graph.initializer(name, tensor('float32', shape, trained.data));
  }

  /** @throws {AutodiffError} `model-invalid` when training had no such value */
  running(name: string, shape: readonly number[]): Value<'float32'> {
    return this.get(name, shape);
  }
}
