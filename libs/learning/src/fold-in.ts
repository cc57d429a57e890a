import { op, tensor, type Value } from '@offerstream/onnx';

/** Steps of conjugate gradient; residuals of implicit-feedback systems fall by about ten a step. */
const STEPS = 5;

/**
 * A shopper's factors from their history, given the items' factors: the x that minimises `implicitLoss` for these
 * interactions, (G + Σ wᵢ yᵢ yᵢᵀ) x = Σ wᵢ yᵢ, by conjugate gradient (Takács, Pilászy, Tikk, RecSys 2011) for the whole batch at once.
 *
 * @param gram [d, d] float32: G = Yᵀ Y + λ I
 * @param factors [B, T, d] float32: y of each interaction, all 0 where an item is unknown
 * @param confidence [B, T] float32: w ≥ 0 of each interaction
 * @returns [B, d] float32; 0 for a history without known items
 */
export const foldIn = (
  gram: Float32Array,
  dimensions: number,
  factors: Value<'float32'>,
  confidence: Value<'float32'>,
): Value<'float32'> => {
  const { graph } = factors;
  const d = dimensions;
  const positions = factors.shape[1] as string;
  const g = graph.initializer('gram', tensor('float32', [d, d], gram));
  const weighted = op.mul(factors, op.sqrt(op.unsqueeze(confidence, 2)));
  const target = op.matMul(op.unsqueeze(confidence, 1), factors); // [B, 1, d]

  const multiply = (p: Value<'float32'>): Value<'float32'> => {
    const projected = op.matMul(weighted, op.reshape(p, ['B', d, 1])); // [B, T, 1]
    const back = op.matMul(op.reshape(projected, ['B', 1, positions]), weighted); // [B, 1, d]
    return op.add(op.reshape(op.matMul(op.reshape(p, ['B', d]), g), ['B', 1, d]), back);
  };
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
    if (step === STEPS) return op.reshape(x, ['B', d]);
    residual = op.sub(residual, op.mul(image, length));
    const left = squared(residual);
    direction = op.add(residual, op.mul(direction, ratio(left, rest)));
    rest = left;
  }
};
