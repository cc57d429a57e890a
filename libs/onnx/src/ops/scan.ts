import { Graph } from '../graph.js';
import type { Dimension } from '../shape.js';
import type { Value } from '../value.js';
import { NodeCheck } from './check.js';

/** What goes into a {@link scan}, or comes out of it. */
export interface Scanned<States, Sequences> {
  /** Carried from one step to the next; outside, the first ones or the last ones. */
  readonly states: States;
  /** One element a step along the first axis; inside, that element without the axis. */
  readonly sequences: Sequences;
}

/**
 * Runs a body once for each element of some sequences, which are equally long. The body may use values of the graph around it; an
 * operator belongs to the graph of its first operand, so that one has to be the body's.
 *
 * @param reverse from the last element to the first; what comes out stands in the order of what went in.
 * @param step adds one step's nodes to the body
 */
export const scan = <
  const States extends readonly Value[],
  const Sequences extends readonly Value[],
  const Results extends readonly Value[],
>(
  { states, sequences }: Scanned<States, Sequences>,
  { reverse }: { readonly reverse: boolean },
  step: (inside: Scanned<States, Sequences>) => Scanned<States, Results>,
): Scanned<States, Results> => {
  const [first] = sequences as readonly Value[] as readonly [Value, ...Value[]];
  const { graph } = first;
  const check = new NodeCheck(graph, 'Scan');
  const length = first.shape[0] as Dimension;
  for (const { name, shape } of sequences) check.dimension(`first axis of "${name}"`, shape[0] as Dimension, length);

  const body = new Graph(graph.nextNodeName('Scan'), graph);
  const after = step({
    states: states.map(({ type, shape }, i) => body.input(`state${i}`, type, shape)) as readonly Value[] as States,
    sequences: sequences.map(({ type, shape }, i) =>
      body.input(`element${i}`, type, shape.slice(1)),
    ) as readonly Value[] as Sequences,
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
  });
  return {
    states: outputs.slice(0, states.length) as readonly Value[] as States,
    sequences: outputs.slice(states.length) as readonly Value[] as Results,
  };
};
