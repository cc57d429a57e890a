import { op, type Graph } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import { dense, embedding, lstmLayer, negativeLogLikelihood, type Parameters, type TrainedOutputs } from './index.js';

export interface Sizes {
  readonly vocabulary: number;
  readonly embedding: number;
  readonly hidden: number;
  readonly rows: number;
  readonly steps: number;
}

export const SMALL: Sizes = { vocabulary: 50, embedding: 16, hidden: 24, rows: 4, steps: 6 };
/** Large enough that ONNX Runtime divides the work between threads. */
export const PARALLEL: Sizes = { vocabulary: 3000, embedding: 64, hidden: 64, rows: 16, steps: 20 };

/** An LSTM language model that reads on where the last step ended. */
export const languageModel =
  (sizes: Sizes) =>
  (graph: Graph, parameters: Parameters): TrainedOutputs => {
    const { vocabulary, hidden, rows, steps } = sizes;
    const tokens = graph.input('tokens', 'int64', [steps, rows]);
    const targets = graph.input('targets', 'int64', [steps * rows]);
    const state = {
      hidden: graph.input('hidden', 'float32', [rows, hidden]),
      cell: graph.input('cell', 'float32', [rows, hidden]),
    };
    const words = embedding(parameters, 'words', tokens, { rows: vocabulary, size: sizes.embedding });
    const memory = lstmLayer(parameters, 'lstm', words, state);
    const flat = op.reshape(memory.outputs, [steps * rows, hidden]);
    const losses = negativeLogLikelihood(dense(parameters, 'output', flat, vocabulary), targets);
    return {
      loss: op.reduceMean(losses, [0], { keepDims: false }),
      carried: { hidden: memory.state.hidden, cell: memory.state.cell },
    };
  };

/** Rows of a text in which each word follows from the one before, with some noise. */
export const batch = (random: () => number, { vocabulary, rows, steps }: Sizes = SMALL): Tensors => {
  const tokens = new BigInt64Array(steps * rows);
  const targets = new BigInt64Array(steps * rows);
  for (let row = 0; row < rows; row++) {
    let word = Math.floor(random() * vocabulary);
    for (let step = 0; step < steps; step++) {
      tokens[step * rows + row] = BigInt(word);
      word = random() < 0.9 ? (word * 7 + 3) % vocabulary : Math.floor(random() * vocabulary);
      targets[step * rows + row] = BigInt(word);
    }
  }
  return {
    tokens: { dtype: 'int64', dims: [steps, rows], data: tokens },
    targets: { dtype: 'int64', dims: [steps * rows], data: targets },
  };
};
