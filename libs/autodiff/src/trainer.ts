import { Graph } from '@offerstream/onnx';
import {
  dataOf,
  openSession,
  type Provider,
  type Session,
  type SessionOptions,
  type Tensor,
  type Tensors,
} from '@offerstream/onnx-runtime';
import type { AdamOptions } from './adam.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { AutodiffError } from './errors.js';
import { Evaluator } from './evaluator.js';
import type { Random } from './initializers.js';
import { carriedOf, type Model, type ModelOutputs, type TrainedOutputs } from './model.js';
import { ParameterInputs } from './parameters.js';
import { GRADIENT_NORM, LEARNING_RATE, LOSS, nextOf, STEP, trainingStep, type TrainingStep } from './training-step.js';

export interface TrainerOptions {
  readonly model: Model<TrainedOutputs>;
  /** Makes the parameters' first values. */
  readonly random: Random;
  /** First values of some parameters, by name, in the place of those that `random` would make. Others that the model has not do no harm. */
  readonly initial?: Tensors;
  readonly adam?: AdamOptions;
  /**
   * Threads that compute one operator together; default 1. Any number gives the same bits, as long as each thread has more than 64 columns of
   * those matrix products whose sums have more than 128 terms ({@link SessionOptions.threads}).
   */
  readonly threads?: number;
  /** Where the graphs run; default `cpu`. Checkpoints go from one to another, but other hardware rounds otherwise. */
  readonly provider?: Provider;
}

export interface StepResult {
  /** In the step's own data, before its change of the parameters. */
  readonly loss: number;
  /** Norm of all gradients together, before clipping. */
  readonly gradientNorm: number;
  /** The model's own outputs. */
  readonly outputs: Tensors;
}

/**
 * Trains a model: holds its parameters and the optimizer's moments, runs steps, evaluates, and keeps checkpoints. Steps block the
 * thread while they run. One call at a time: another that comes meanwhile is refused with `busy`.
 */
export class Trainer {
  readonly #step: TrainingStep;
  readonly #session: Session;
  readonly #sessionOptions: SessionOptions;
  readonly #evaluators: Evaluator[] = [];
  #states: Tensors;
  #stepsDone = 0;
  #busy = false;

  private constructor(step: TrainingStep, session: Session, sessionOptions: SessionOptions, states: Tensors) {
    this.#step = step;
    this.#session = session;
    this.#sessionOptions = sessionOptions;
    this.#states = states;
  }

  /**
   * @throws {AutodiffError} `model-invalid`, `no-gradient`, `no-influence`
   * @throws {OnnxRuntimeError} `provider-unavailable`
   */
  static async open({
    model,
    random,
    initial = {},
    adam = {},
    threads = 1,
    provider = 'cpu',
  }: TrainerOptions): Promise<Trainer> {
    const step = trainingStep(model, adam);
    const states = Object.fromEntries(
      step.states.map(({ name, shape, initializer }): [string, Tensor] => [
        name,
        initial[name] ?? { dtype: 'float32', dims: shape, data: initializer(shape, random) },
      ]),
    );
    for (const { name, shape } of step.states) {
      const { dtype, dims } = states[name] as Tensor;
      if (dtype === 'float32' && dims.join() === shape.join()) continue;
      throw new AutodiffError(
        'model-invalid',
        `initial "${name}" should be float32 [${shape.join(', ')}], not ${dtype} [${dims.join(', ')}]`,
      );
    }
    const sessionOptions = { threads, provider, keepMemory: true };
    const session = await openSession(step.model.toBuffer(), sessionOptions);
    return new Trainer(step, session, sessionOptions, states);
  }

  /** Steps done, those before a checkpoint included. */
  get stepsDone(): number {
    return this.#stepsDone;
  }

  /** The parameters by name, running ones too, as the last step left them. */
  get parameters(): Tensors {
    return this.#statesOf('parameter');
  }

  /**
   * One step on the model's inputs.
   *
   * @throws {AutodiffError} `not-finite`: the step is as if it had not been; `busy`
   */
  async step(feeds: Tensors, learningRate: number): Promise<StepResult> {
    return this.#alone(async () => {
      const step = this.#stepsDone + 1;
      const results = await this.#session.run({
        ...feeds,
        ...this.#states,
        [LEARNING_RATE]: scalar(learningRate),
        [STEP]: scalar(step),
      });
      const loss = numberOf(results, LOSS);
      const gradientNorm = numberOf(results, GRADIENT_NORM);
      for (const [what, value] of Object.entries({ loss, 'gradient norm': gradientNorm })) {
        if (!Number.isFinite(value)) {
          throw new AutodiffError(
            'not-finite',
            `step ${step}: the ${what} is ${value}. The parameters are those after step ${step - 1}; go on from there, or from a checkpoint, with a lower learning rate or clipped gradients`,
          );
        }
      }
      this.#states = Object.fromEntries(this.#step.states.map(({ name }) => [name, results[nextOf(name)] as Tensor]));
      this.#stepsDone = step;
      const outputs = Object.fromEntries(this.#step.outputs.map((name) => [name, results[name] as Tensor]));
      return { loss, gradientNorm, outputs };
    });
  }

  /** Sets what is carried from step to step to zeros, as for the start of another text. */
  resetCarried(): void {
    const zeros = this.#step.states
      .filter(({ kind }) => kind === 'carried')
      .map(({ name, shape, initializer }): [string, Tensor] => [
        name,
        { dtype: 'float32', dims: shape, data: initializer(shape, () => 0) },
      ]);
    this.#states = { ...this.#states, ...Object.fromEntries(zeros) };
  }

  /**
   * A graph that runs on the parameters as they are at each run. It carries values of its own, apart from the training's.
   *
   * @param model often the training's model itself; it may take fewer parameters
   * @throws {AutodiffError} `model-invalid`
   */
  async evaluator(model: Model<ModelOutputs>): Promise<Evaluator> {
    const graph = new Graph('evaluation');
    const parameters = new ParameterInputs(graph, false);
    const built = model(graph, parameters);
    const carried = carriedOf(graph, built);
    const used = [...parameters.learned, ...parameters.runningOnes];
    for (const { name, shape } of used) {
      const trained = this.parameters[name];
      if (trained?.dims.join() !== shape.join()) {
        throw new AutodiffError(
          'model-invalid',
          `evaluation needs parameter "${name}" [${shape.join(', ')}], which is not trained`,
        );
      }
    }
    const outputs = { ...built.outputs, ...(built.loss && { [LOSS]: built.loss }) };
    for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
    for (const { name, next } of carried) graph.output(nextOf(name), next);
    const session = await openSession(graph.model().toBuffer(), this.#sessionOptions);
    const names = used.map(({ name }) => name);
    const evaluator = new Evaluator(session, Object.keys(outputs), carried, () =>
      Object.fromEntries(names.map((name) => [name, this.#states[name] as Tensor])),
    );
    this.#evaluators.push(evaluator);
    return evaluator;
  }

  /**
   * Writes a checkpoint in the place of the one before; a full disk or the end of the process leaves that one.
   *
   * @param progress what {@link restore} gives back: JSON, for example the position in the data and the state of the random numbers
   * @throws {AutodiffError} `checkpoint-unwritable`, `busy`
   */
  async save(path: string, progress: unknown): Promise<void> {
    await this.#alone(() => writeCheckpoint(path, { step: this.#stepsDone, tensors: this.#states, progress }));
  }

  /**
   * Goes on from a checkpoint: the steps after it give the same bytes as if training had never stopped.
   *
   * @returns the progress that was saved
   * @throws {AutodiffError} `checkpoint-unreadable`, `checkpoint-damaged`, `checkpoint-version`, `checkpoint-mismatch`, `busy`
   */
  async restore(path: string): Promise<unknown> {
    return this.#alone(async () => {
      const { step, tensors, progress } = await readCheckpoint(path);
      const expected = this.#step.states.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
      const found = Object.entries(tensors).map(([name, { dims }]) => `${name} [${dims.join(', ')}]`);
      const other =
        expected.find((state) => !found.includes(state)) ?? found.find((state) => !expected.includes(state));
      if (other !== undefined) {
        const where = found.includes(other) ? 'only there' : 'not there';
        throw new AutodiffError('checkpoint-mismatch', `${path} is of another model: ${other} is ${where}`);
      }
      this.#states = tensors;
      this.#stepsDone = step;
      return progress;
    });
  }

  /** Frees the memory of the training and of its evaluators. */
  async close(): Promise<void> {
    for (const evaluator of this.#evaluators) await evaluator.close();
    await this.#session.close();
  }

  #statesOf(kind: 'parameter' | 'moment' | 'carried'): Tensors {
    const states = this.#step.states.filter((state) => state.kind === kind);
    return Object.fromEntries(states.map(({ name }) => [name, this.#states[name] as Tensor]));
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new AutodiffError('busy', 'await the call before this one');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}

const scalar = (value: number): Tensor => ({ dtype: 'float32', dims: [], data: Float32Array.of(value) });

const numberOf = (results: Tensors, name: string): number => dataOf(results, name, 'float32')[0] as number;
