import type { Value } from '@offerstream/onnx';
import { uniform, type Initializer } from '../initializers.js';
import { lstm, type LstmState } from '../operations/lstm.js';
import type { Parameters } from '../parameters.js';

/**
 * A long short-term memory with weights of its own, see {@link lstm}. The forget gate's bias begins at 1, so that the memory keeps what
 * it has until it learns to forget (Jozefowicz, Zaremba, Sutskever, ICML 2015).
 *
 * @param name of its parameters `name/input`, `name/recurrent` and `name/bias`
 * @param x [T, B, inputs]
 * @param state of B rows; its size is the layer's
 */
export const lstmLayer = (
  parameters: Parameters,
  name: string,
  x: Value<'float32'>,
  state: LstmState<'float32'>,
): { readonly outputs: Value<'float32'>; readonly state: LstmState<'float32'> } => {
  const size = state.hidden.shape.at(-1) as number;
  const initializer = uniform(1 / Math.sqrt(size));
  return lstm(
    x,
    {
      input: parameters.get(`${name}/input`, [x.shape.at(-1) as number, 4 * size], initializer),
      recurrent: parameters.get(`${name}/recurrent`, [size, 4 * size], initializer),
      bias: parameters.get(`${name}/bias`, [4 * size], openForgetGate),
    },
    state,
  );
};

/** 1 for the forget gate, the third of four, and 0 for the others. */
const openForgetGate: Initializer = ([columns = 0]) => {
  const bias = new Float32Array(columns);
  return bias.fill(1, columns / 2, (columns * 3) / 4);
};
