import { op, tensor, type Graph, type Value } from '@offerstream/onnx';
import type { RankedCatalog } from '../popularity.js';
import { rowsFor } from '../retrieval-graph.js';
import type { Family } from './family.js';

/** Decayed popularity for everybody: the fallback, and the baseline that every other family must beat. */
export const popular: Family = {
  description: 'The items with the most interactions, recent ones counting more; the same for every shopper.',
  defaults: {},
  alternatives: [],
  fit: ({ catalog }) =>
    Promise.resolve({
      ranker:
        () =>
        ({ graph }) => ({ scores: popularityScores(graph, catalog, 1) }),
    }),
};

/** [B, rows] float32: each item's popularity in [0, 1] x weight. */
export const popularityScores = (graph: Graph, catalog: RankedCatalog, weight: number): Value<'float32'> => {
  const rows = rowsFor(catalog);
  const scores = new Float32Array(rows);
  catalog.popularity.forEach((popularity, row) => {
    scores[row] = weight * popularity;
  });
  return op.expand(graph.initializer('popularity', tensor('float32', [1, rows], scores)), ['B', rows]);
};
