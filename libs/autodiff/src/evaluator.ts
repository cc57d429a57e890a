import type { Session, Tensor, Tensors } from '@offerstream/onnx-runtime';
import type { Carried } from './model.js';
import { nextOf } from './training-step.js';

/** A graph that computes something with the parameters of a training; made by `Trainer.evaluator`. */
export class Evaluator {
  readonly #session: Session;
  readonly #outputs: readonly string[];
  readonly #carriedSpecification: readonly Carried[];
  readonly #parameters: () => Tensors;
  #carried: Tensors = {};

  constructor(session: Session, outputs: readonly string[], carried: readonly Carried[], parameters: () => Tensors) {
    this.#session = session;
    this.#outputs = outputs;
    this.#carriedSpecification = carried;
    this.#parameters = parameters;
    this.resetCarried();
  }

  /** Runs the graph on the model's inputs and gives back its outputs, and its loss where it has one. */
  async run(feeds: Tensors): Promise<Tensors> {
    const results = await this.#session.run({ ...feeds, ...this.#parameters(), ...this.#carried });
    this.#carried = Object.fromEntries(
      this.#carriedSpecification.map(({ name }) => [name, results[nextOf(name)] as Tensor]),
    );
    return Object.fromEntries(this.#outputs.map((name) => [name, results[name] as Tensor]));
  }

  /** Sets what is carried from run to run to zeros, as for the start of another text. */
  resetCarried(): void {
    this.#carried = Object.fromEntries(
      this.#carriedSpecification.map(({ name, shape }): [string, Tensor] => {
        const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
        return [name, { dtype: 'float32', dims: shape, data }];
      }),
    );
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}
