import { RETRIEVAL_OUTPUTS } from '@offerstream/contracts';
import { Graph, op, tensor, type OnnxModel } from '@offerstream/onnx';
import { modelInputs } from './model-inputs.js';
import { RESULTS, type Catalog, type Ranker } from './ranker.js';

/**
 * The retrieval model around a family's ranker (contracts, `retrieval-model.ts`): hash → row, ranking, what may not
 * be returned, the best {@link RESULTS} → hashes. An empty history scores 0 everywhere and so gets the most popular.
 */
export const retrievalGraph = (name: string, catalog: Catalog, rank: Ranker): OnnxModel => {
  const graph = new Graph(name);
  const { history, excluded, blocked, rowOf } = modelInputs(graph, catalog);
  const { rows } = history;
  const unknownRow = catalog.hashes.length;

  const { scores, userVector } = graph.scope('rank', () => {
    const ranking = rank(history);
    return { scores: ranking.scores(), userVector: ranking.userVector };
  });

  const best = graph.scope('select', () => {
    const hidden = Array.from({ length: rows - unknownRow }, (_, i) => unknownRow + i);
    const never = op.concat(
      [
        op.expand(graph.int64s(hidden), ['B', hidden.length]),
        // A left-out default has one row for the whole batch.
        rowOf(op.expand(excluded, ['B', 1])),
        op.expand(rowOf(blocked), ['B', 'Y']),
      ],
      1,
    );
    const impossible = op.expand(graph.scalar('float32', -Infinity), ['B', 1]);
    // The updates have the shape of the positions whatever X and Y are.
    const updates = op.where(op.greater(never, -1), impossible, impossible);
    return op.topK(op.scatterElements(scores, never, updates, 1), RESULTS);
  });

  const hashes = new BigInt64Array(rows);
  hashes.set(catalog.hashes);
  const there = op.greater(best.values, -Infinity);
  const found = op.gather(graph.initializer('item_hashes', tensor('int64', [rows], hashes)), best.indices);
  graph.output(RETRIEVAL_OUTPUTS.userVector, userVector ?? op.filled(graph.scalar('float32', 0), ['B', 0]));
  graph.output(RETRIEVAL_OUTPUTS.items, op.where(there, found, 0));
  graph.output(RETRIEVAL_OUTPUTS.scores, op.where(there, best.values, 0));
  return graph.model();
};
