import { Graph } from '../graph.js';
import type { Dimension } from '../shape.js';
import type { ElementType } from '../tensor.js';
import type { Value } from '../value.js';
import { NodeCheck } from './check.js';

/** What goes into a {@link scan}, or comes out of it. */
export interface Scanned<T extends ElementType> {
  /** Carried from one step to the next; outside, the first ones or the last ones. */
  readonly states: readonly Value<T>[];
  /** One element a step along the first axis; inside, that element without the axis. */
  readonly sequences: readonly Value<T>[];
}

/**
 * Runs a body once for each element of some sequences, which are equally long. The body may use values of the graph around it; an
 * operator belongs to the graph of its first operand, so that one has to be the body's.
 *
 * @param reverse from the last element to the first; what comes out stands in the order of what went in.
 * @param step adds one step's nodes to the body
 */
export const scan = <T extends ElementType>(
  { states, sequences }: Scanned<T>,
  { reverse }: { readonly reverse: boolean },
  step: (inside: Scanned<T>) => Scanned<T>,
): Scanned<T> => {
  const [first] = sequences as readonly [Value<T>, ...Value<T>[]];
  const { graph } = first;
  const check = new NodeCheck(graph, 'Scan');
  const length = first.shape[0] as Dimension;
  for (const sequence of sequences)
    check.dimension(`first axis of "${sequence.name}"`, sequence.shape[0] as Dimension, length);

  const body = new Graph(graph.nextNodeName('Scan'), graph);
  const after = step({
    states: states.map((state, i) => body.input(`state${i}`, state.type, state.shape)),
    sequences: sequences.map((sequence, i) => body.input(`element${i}`, sequence.type, sequence.shape.slice(1))),
  });
  after.states.forEach((state, i) => body.output(`nextState${i}`, state));
  after.sequences.forEach((element, i) => body.output(`result${i}`, element));

  const direction = reverse ? 1 : 0;
  const outputs = graph.node({
    operator: 'Scan',
    inputs: [...states, ...sequences],
    attributes: {
      body: { graph: body.parts() },
      num_scan_inputs: sequences.length,
      scan_input_directions: sequences.map(() => direction),
      scan_output_directions: after.sequences.map(() => direction),
    },
    outputs: [
      ...states.map(({ type, shape }) => ({ type, shape })),
      ...after.sequences.map(({ type, shape }) => ({ type, shape: [length, ...shape] })),
    ],
  }) as readonly Value<T>[];
  return { states: outputs.slice(0, states.length), sequences: outputs.slice(states.length) };
};
