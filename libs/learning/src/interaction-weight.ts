import { op, vector, type Value } from '@offerstream/onnx';
import type { ActionCode } from '@offerstream/contracts';
import type { HistoryBatch } from './ranker.js';

/** How much an interaction counts: weight of its action x 2^(-age / half-life). */
export interface InteractionWeights {
  readonly actions: Readonly<Record<ActionCode, number>>;
  readonly halfLifeSeconds: number;
}

/** [B, T] float32 weights of a batch of histories. Padding and unknown actions weigh 0. */
export const interactionWeight = (history: HistoryBatch, weights: InteractionWeights): Value<'float32'> =>
  op.mul(actionWeight(history, weights.actions), ageDecay(history, weights.halfLifeSeconds));

/** [B, T] float32: one weight for each action. */
export const actionWeight = (
  { graph, actions }: HistoryBatch,
  weights: Readonly<Record<ActionCode, number>>,
): Value<'float32'> => {
  const table = [0, weights[1], weights[2], weights[3], weights[4], weights[5], weights[6]];
  return op.gather(graph.initializer('action_weights', vector('float32', table)), actions);
};

/** [B, T] float32: 2^(-age / half-life). */
export const ageDecay = ({ ages }: HistoryBatch, halfLifeSeconds: number): Value<'float32'> =>
  op.exp(op.mul(ages, -Math.LN2 / halfLifeSeconds));
