import { op, type Value } from '@offerstream/onnx';
import type { HistoryBatch } from './ranker.js';

/** Which interactions are the newest with their item, how many other items came after, and how often the item was touched. */
export interface HistoryRecency {
  /** [B, T] float32: 1 for the newest interaction with each item, 0 for its earlier ones and padding. */
  readonly newest: Value<'float32'>;
  /** [B, T] float32: the number of different items that are newer; 0 for the newest item. */
  readonly rank: Value<'float32'>;
  /** [B, T] float32: the number of interactions with the item. */
  readonly touches: Value<'float32'>;
}

export const historyRecency = ({ hashes, graph }: HistoryBatch): HistoryRecency => {
  const one = graph.scalar('float32', 1);
  const there = op.where(op.equal(hashes, 0), graph.scalar('float32', 0), one);
  const time = op.positions(hashes, 1);
  const later = op.cast(op.greater(op.unsqueeze(time, 0), op.unsqueeze(time, 1)), 'float32'); // [T, T]
  const same = op.cast(op.equal(op.unsqueeze(hashes, 2), op.unsqueeze(hashes, 1)), 'float32'); // [B, T, T]
  const again = op.reduceMax(op.mul(same, later), [2], { keepDims: false });
  const newest = op.mul(there, op.sub(one, again));
  return {
    newest,
    rank: op.sub(op.cumulativeSum(newest, 1, { fromEnd: true }), newest),
    touches: op.reduceSum(same, [2], { keepDims: false }),
  };
};
