import { op, type FloatType, type Value } from '@offerstream/onnx';
import { asRows, zerosLike, type Float } from '../gradient-rule.js';
import { haveOwnGradient } from './own-gradient.js';

/** The order of the gates in the weights' columns is candidate g, input i, forget f, output o. */
export interface LstmWeights<T extends FloatType> {
  /** [input, 4 hidden] */
  readonly input: Value<T>;
  /** [hidden, 4 hidden] */
  readonly recurrent: Value<T>;
  /** [4 hidden] */
  readonly bias: Value<T>;
}

export interface LstmState<T extends FloatType> {
  /** h, [B, hidden] */
  readonly hidden: Value<T>;
  /** c, [B, hidden] */
  readonly cell: Value<T>;
}

/**
 * A long short-term memory over a sequence (Hochreiter, Schmidhuber, 1997; with a forget gate: Gers, Schmidhuber, Cummins, 2000):
 * c' = f c + i g, h' = o tanh(c'). The inputs' part of the gates is one product before the recurrence, and the weights' gradients are
 * one product each after it.
 *
 * @param x [T, B, input]
 * @returns every h, [T, B, hidden], and the state after the last step
 */
export const lstm = <T extends FloatType>(
  x: Value<T>,
  weights: LstmWeights<T>,
  state: LstmState<T>,
): { readonly outputs: Value<T>; readonly state: LstmState<T> } =>
  lstmSequence(op.add(op.matMul(x, weights.input), weights.bias), weights.recurrent, state);

/** @param gates [T, B, 4 hidden]: what the inputs add to the gates */
const lstmSequence = <T extends FloatType>(
  gates: Value<T>,
  recurrent: Value<T>,
  initial: LstmState<T>,
): { readonly outputs: Value<T>; readonly state: LstmState<T> } => {
  const size = recurrent.shape[0] as number;
  const { states, sequences } = op.scan(
    { states: [initial.hidden, initial.cell], sequences: [gates] },
    { reverse: false },
    (inside) => {
      const [hidden, cell] = inside.states;
      const [fromInput] = inside.sequences;
      const sums = op.gemm(hidden, recurrent, { plus: fromInput });
      const [candidateSum, gateSums] = op.split(sums, 1, [size, 3 * size]);
      const candidate = op.tanh(candidateSum);
      const opened = op.sigmoid(gateSums);
      const [input, forget, output] = op.split(opened, 1, [size, size, size]);
      const nextCell = op.add(op.mul(cell, forget), op.mul(candidate, input));
      const squashed = op.tanh(nextCell);
      const nextHidden = op.mul(squashed, output);
      return { states: [nextHidden, nextCell], sequences: [nextHidden, hidden, cell, candidate, opened, squashed] };
    },
  );
  const [lastHidden, lastCell] = states;
  const [outputs, hiddens, cells, candidates, opened, squashed] = sequences;

  haveOwnGradient({
    operation: 'LstmSequence',
    inputs: [gates, recurrent, initial.hidden, initial.cell],
    outputs: [outputs, lastHidden, lastCell],
    gradient: ([toOutputs, toHidden, toCell]) => {
      const steps = { cells, candidates, opened, squashed };
      const back = backwards(steps, recurrent, size, {
        outputs: toOutputs ?? zerosLike(outputs),
        hidden: toHidden ?? zerosLike(lastHidden),
        cell: toCell ?? zerosLike(lastCell),
      });
      return [
        () => back.gates,
        () => op.gemm<FloatType>(asRows(hiddens), asRows(back.gates), { transA: true }),
        () => back.hidden,
        () => back.cell,
      ];
    },
  });
  return { outputs, state: { hidden: lastHidden, cell: lastCell } };
};

/** What the steps of the recurrence leave for the way back, [T, B, hidden] each; `opened` has the gates i, f, o, [T, B, 3 hidden]. */
interface LstmSteps {
  /** The cells before each step. */
  readonly cells: Float;
  readonly candidates: Float;
  readonly opened: Float;
  readonly squashed: Float;
}

interface LstmGradients {
  readonly hidden: Float;
  readonly cell: Float;
}

/** The way back. What needs no step after it is computed for all steps at once, so that a step has a few operators only. */
const backwards = (
  { cells, candidates, opened, squashed }: LstmSteps,
  recurrent: Float,
  size: number,
  incoming: LstmGradients & { readonly outputs: Float },
): LstmGradients & { readonly gates: Float } => {
  const one = recurrent.graph.scalar(recurrent.type, 1);
  const slopes = op.mul(opened, op.sub(one, opened));
  const [input, forget, output] = op.split(opened, 2, [size, size, size]);
  const [inputSlope, forgetSlope, outputSlope] = op.split(slopes, 2, [size, size, size]);
  // How much the sums of the candidate, the input gate and the forget gate change the cell; and the output gate's the output.
  const cellPerSum = [
    op.mul(input, op.sub(one, op.mul(candidates, candidates))),
    op.mul(candidates, inputSlope),
    op.mul(cells, forgetSlope),
  ].map((slope) => op.unsqueeze(slope, 2));
  const outputPerSum = op.mul(squashed, outputSlope);
  const outputPerCell = op.mul(output, op.sub(one, op.mul(squashed, squashed)));

  const { states, sequences } = op.scan(
    {
      states: [incoming.hidden, incoming.cell],
      sequences: [incoming.outputs, outputPerCell, outputPerSum, op.concat(cellPerSum, 2), forget],
    },
    { reverse: true },
    (inside) => {
      const [fromHidden, fromCell] = inside.states;
      const [fromOutput, perCell, perSum, perCellSums, forgotten] = inside.sequences;
      const hidden = op.add(fromOutput, fromHidden);
      const cell = op.add(fromCell, op.mul(hidden, perCell));
      const [batch = 1] = hidden.shape;
      const toCellSums = op.reshape(op.mul(op.unsqueeze(cell, 1), perCellSums), [batch, 3 * size]);
      const toSums = op.concat([toCellSums, op.mul(hidden, perSum)], 1);
      return { states: [op.gemm(toSums, recurrent, { transB: true }), op.mul(cell, forgotten)], sequences: [toSums] };
    },
  );
  const [hidden, cell] = states;
  const [gates] = sequences;
  return { hidden, cell, gates };
};
