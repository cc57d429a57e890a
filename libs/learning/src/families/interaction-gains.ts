import { op, tensor, type Shape, type Value } from '@offerstream/onnx';
import type { Neighbours } from '../neighbours.js';
import type { RankedCatalog } from '../popularity.js';
import type { HistoryBatch, Ranker } from '../ranker.js';
import { popularityScores } from './popular.js';

/** What each interaction of a history gives to some items, each to at most N. */
export interface Gains {
  /** [B, T, N] int32: rows of the items. */
  readonly items: Value<'int32'>;
  /** [B, T, N] float32 */
  readonly gains: Value<'float32'>;
}

/**
 * Scores that are sums: an item has its popularity x a weight, and what the interactions give to it.
 *
 * @param popularityWeight what the most popular item gets for that alone
 */
export const gainsRanker =
  (catalog: RankedCatalog, popularityWeight: number, gainsOf: (history: HistoryBatch) => Gains): Ranker =>
  (history) => {
    const { items, gains } = gainsOf(history);
    const popularity = popularityScores(history, catalog, popularityWeight);
    return {
      scores: () => {
        const flat: Shape = ['B', 'T*N'];
        const prior = op.expand(popularity, ['B', history.rows]);
        return op.scatterElements(prior, op.reshape(items, flat), op.reshape(gains, flat), 1, 'add');
      },
      explain: (asked) => {
        const each = op.unsqueeze(op.unsqueeze(op.cast(asked, 'int32'), 2), 3); // [B, K, 1, 1]
        const gets = op.equal(each, op.unsqueeze(items, 1)); // [B, K, T, N]
        return {
          contributions: op.reduceSum(op.where(gets, op.unsqueeze(gains, 1), 0), [3], { keepDims: false }),
          bias: op.gather(popularity, asked),
        };
      },
    };
  };

/** What each interaction gives to the neighbours of its item. @param weight [B, T] of the interactions */
export const neighbourGains = (
  { graph, rows, positions }: HistoryBatch,
  { width, ...neighbours }: Neighbours,
  weight: Value<'float32'>,
): Gains => {
  const items = graph.initializer('neighbours', tensor('int32', [rows, width], neighbours.rows));
  const strengths = graph.initializer('neighbour_weights', tensor('float32', [rows, width], neighbours.weights));
  return {
    items: op.gather(items, positions),
    gains: op.mul(op.gather(strengths, positions), op.unsqueeze(weight, 2)),
  };
};
