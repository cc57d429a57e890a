import { op, tensor } from '@offerstream/onnx';
import type { RankedCatalog } from '../popularity.js';
import { rowsFor, type Ranker } from '../retrieval-graph.js';

/** Decayed popularity for everybody: the fallback, and the baseline that every other family must beat. */
export const popularRanker =
  (catalog: RankedCatalog): Ranker =>
  ({ graph }) => ({ scores: popularityScores(graph, catalog, 1) });

/** [B, rows] float32: each item's popularity in [0, 1] x weight. */
export const popularityScores = (
  graph: Parameters<Ranker>[0]['graph'],
  catalog: RankedCatalog,
  weight: number,
): ReturnType<Ranker>['scores'] => {
  const rows = rowsFor(catalog);
  const scores = new Float32Array(rows);
  catalog.popularity.forEach((popularity, row) => {
    scores[row] = weight * popularity;
  });
  return op.expand(graph.initializer('popularity', tensor('float32', [1, rows], scores)), ['B', rows]);
};
