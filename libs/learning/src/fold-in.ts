import { op, type Dimension, type Value } from '@offerstream/onnx';

/** Steps of conjugate gradient to the served vector; what they leave undone of a score was below 0.001 on what is told in docs/adr/0009. */
const STEPS = 8;
/** As many as float32 has use for: after 20 the parts were as near to those of a dense solution as after 60. */
const STEPS_TO_THE_END = 30;

/** What a batch of histories says of its shoppers, given the items' factors. */
export interface FoldIn {
  /** [B, d] float32: a shopper's factors; 0 for a history without known items. */
  readonly userVector: Value<'float32'>;
  /**
   * What each interaction adds to the score of an item: wᵢ yᵢᵀ A⁻¹ y, for the item's factors y. It is exact, where the user vector
   * has the remainder of its few steps.
   *
   * @param items [B, K, d] float32: y of the items
   * @returns [B, K, T] float32
   */
  readonly parts: (items: Value<'float32'>) => Value<'float32'>;
}

/**
 * A shopper's factors from their history, given the items' factors: the x that minimises `implicitLoss` for these
 * interactions, A x = Σ wᵢ yᵢ with A = I + Σ wᵢ yᵢ yᵢᵀ, by conjugate gradient (Takács, Pilászy, Tikk, RecSys 2011) for the whole
 * batch at once. Scores are linear in the interactions, yᵀ x = Σ wᵢ yᵢᵀ A⁻¹ y (Hu, Koren, Volinsky, ICDM 2008, section 5).
 *
 * @param factors [B, T, d] float32: `whitened` y of each interaction, all 0 where an item is unknown
 * @param confidence [B, T] float32: w ≥ 0 of each interaction
 */
export const foldIn = (factors: Value<'float32'>, confidence: Value<'float32'>): FoldIn => {
  const d = factors.shape[2] as Dimension;
  const weighted = op.mul(factors, op.sqrt(op.unsqueeze(confidence, 2)));
  // A p for vectors p in rows.
  const multiply: Multiply = (p) => {
    const projected = op.matMul(weighted, transposed(p)); // [B, T, K]
    return op.add(p, op.matMul(transposed(projected), weighted));
  };
  const target = op.matMul(op.unsqueeze(confidence, 1), factors); // [B, 1, d]
  return {
    userVector: op.reshape(solve(multiply, target, STEPS), ['B', d]),
    parts: (items) => {
      const solved = solve(multiply, items, STEPS_TO_THE_END); // [B, K, d]
      return op.mul(op.matMul(solved, transposed(factors)), op.unsqueeze(confidence, 1));
    },
  };
};

type Multiply = (vectors: Value<'float32'>) => Value<'float32'>;

/** [B, m, n] → [B, n, m]; a single row or column stays where it is in memory, and need not be copied. */
const transposed = (x: Value<'float32'>): Value<'float32'> => {
  const [batch, m, n] = x.shape as readonly [Dimension, Dimension, Dimension];
  return m === 1 || n === 1 ? op.reshape(x, [batch, n, m]) : op.transpose(x, [0, 2, 1]);
};

/** Some steps from 0 towards the x of A x = target, for each row of the targets [B, K, d] by itself. */
const solve = (multiply: Multiply, target: Value<'float32'>, steps: number): Value<'float32'> => {
  const squared = (v: Value<'float32'>): Value<'float32'> => op.reduceSum(op.mul(v, v), [2], { keepDims: true });
  // Where the residual is 0 (an empty history), 0 / 0 would be NaN.
  const ratio = (a: Value<'float32'>, b: Value<'float32'>): Value<'float32'> => op.div(a, op.max(b, 1e-20));

  let residual = target;
  let direction = target;
  let rest = squared(residual);
  let x: Value<'float32'> | undefined;
  for (let step = 1; ; step++) {
    const image = multiply(direction);
    const length = ratio(rest, op.reduceSum(op.mul(direction, image), [2], { keepDims: true }));
    const move = op.mul(direction, length);
    x = x === undefined ? move : op.add(x, move);
    if (step === steps) return x;
    residual = op.sub(residual, op.mul(image, length));
    const left = squared(residual);
    direction = op.add(residual, op.mul(direction, ratio(left, rest)));
    rest = left;
  }
};
