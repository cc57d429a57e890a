import { op, type Value } from '@offerstream/onnx';

type Single = Value<'float32'>;

export interface AdamOptions {
  /** How slowly the mean of the gradients forgets; default 0.9. */
  readonly beta1?: number;
  /** How slowly the mean of their squares forgets; default 0.999. */
  readonly beta2?: number;
  /** Keeps the division finite; default 1e-8. */
  readonly epsilon?: number;
  /** Share of each matrix that is taken off it in a step of learning rate 1; default 0. Vectors (biases, scales) keep theirs. */
  readonly weightDecay?: number;
  /** Gradients are scaled down together to this norm when they are longer; default: they are not. */
  readonly clipNorm?: number;
}

/** A parameter, its gradient, and Adam's two moments of it, all in one shape. */
export interface AdamState {
  readonly value: Single;
  readonly gradient: Single;
  readonly first: Single;
  readonly second: Single;
}

export interface AdamStep {
  /** Norm of all gradients together, before clipping; a scalar. */
  readonly gradientNorm: Single;
  /** By parameter, what it and its moments are after the step. */
  readonly next: readonly Omit<AdamState, 'gradient'>[];
}

/**
 * One step of Adam with bias correction (Kingma, Ba, ICLR 2015) and decoupled weight decay (Loshchilov, Hutter, ICLR 2019).
 *
 * The moments are kept as the plain sums m / (1 − β₁) and v / (1 − β₂): the constants then join the scalars of the bias correction,
 * which saves passes over the parameters.
 *
 * @param step 1 for the first step; a float32 scalar
 */
export const adamStep = (
  states: readonly AdamState[],
  learningRate: Single,
  step: Single,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, clipNorm }: AdamOptions,
): AdamStep => {
  const { graph } = step;
  const one = graph.scalar('float32', 1);
  const lengths = states.map(({ gradient }) =>
    op.reduceSumSquare(gradient, [...gradient.shape.keys()], { keepDims: false }),
  );
  const gradientNorm = op.sqrt(lengths.reduce((sum, length) => op.add(sum, length)));
  const scale = clipNorm === undefined ? undefined : op.min(op.div(graph.scalar('float32', clipNorm), gradientNorm), 1);

  const unbias = (beta: number): Single =>
    op.div(graph.scalar('float32', 1 - beta), op.sub(one, op.pow(graph.scalar('float32', beta), step)));
  const root = op.sqrt(unbias(beta2));
  const rate = op.div(op.mul(learningRate, unbias(beta1)), root);
  const floor = op.div(graph.scalar('float32', epsilon), root);
  const kept = op.sub(one, op.mul(learningRate, weightDecay));

  const next = states.map(({ value, gradient, first, second }) => {
    const clipped = scale === undefined ? gradient : op.mul(gradient, scale);
    const nextFirst = op.add(op.mul(first, beta1), clipped);
    const nextSecond = op.add(op.mul(second, beta2), op.mul(clipped, clipped));
    const change = op.mul(op.div(nextFirst, op.add(op.sqrt(nextSecond), floor)), rate);
    const decays = weightDecay > 0 && value.shape.length > 1;
    return { value: op.sub(decays ? op.mul(value, kept) : value, change), first: nextFirst, second: nextSecond };
  });
  return { gradientNorm, next };
};
