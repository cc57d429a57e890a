import { op, tensor, type Value } from '@offerstream/onnx';
import type { RankedCatalog } from '../popularity.js';
import type { HistoryBatch, Ranker } from '../ranker.js';
import type { Family } from './family.js';

/** Decayed popularity for everybody: the fallback, and the baseline that every other family must beat. */
export const popular: Family = {
  description: 'The items with the most interactions, recent ones counting more; the same for every shopper.',
  defaults: {},
  alternatives: [],
  fit: ({ catalog }) => Promise.resolve({ ranker: () => popularRanker(catalog) }),
};

const popularRanker =
  (catalog: RankedCatalog): Ranker =>
  (history) => {
    const popularity = popularityScores(history, catalog, 1);
    return {
      scores: () => op.expand(popularity, ['B', history.rows]),
      explain: (asked) => ({
        contributions: op.filled(history.graph.scalar('float32', 0), ['B', 'K', 1]),
        bias: op.gather(popularity, asked),
      }),
    };
  };

/** [rows] float32: each item's popularity in [0, 1] x weight. */
export const popularityScores = (
  { graph, rows }: HistoryBatch,
  catalog: RankedCatalog,
  weight: number,
): Value<'float32'> => {
  const scores = new Float32Array(rows);
  catalog.popularity.forEach((popularity, row) => {
    scores[row] = weight * popularity;
  });
  return graph.initializer('popularity', tensor('float32', [rows], scores));
};
