import { EXPLANATION_INPUTS, EXPLANATION_OUTPUTS } from '@offerstream/contracts';
import { Graph, op, type OnnxModel, type Value } from '@offerstream/onnx';
import { modelInputs } from './model-inputs.js';
import type { Catalog, Ranker } from './ranker.js';

/**
 * The explanation of a family's ranker (contracts, `retrieval-model.ts`), with all the inputs of the retrieval model, so that one
 * request fits both. What may not be returned has no say in why an item has its score.
 */
export const explanationGraph = (name: string, catalog: Catalog, rank: Ranker): OnnxModel => {
  const graph = new Graph(name);
  const { history, rowOf } = modelInputs(graph, catalog);
  const items = rowOf(graph.input(EXPLANATION_INPUTS.items, 'int64', ['B', 'K']));
  const { contributions, bias } = graph.scope('explain', () => rank(history).explain(items));

  const known = (rows: Value<'int64'>): Value<'float32'> =>
    op.cast(op.greater(graph.scalar('int64', catalog.hashes.length), rows), 'float32');
  // [B, K, T]: the row of unknown items is one for all of them, and would make the one a reason for the other.
  const counts = op.mul(op.unsqueeze(known(items), 2), op.unsqueeze(known(history.positions), 1));
  graph.output(EXPLANATION_OUTPUTS.contributions, op.mul(contributions, counts));
  graph.output(EXPLANATION_OUTPUTS.bias, op.mul(bias, known(items)));
  return graph.model();
};
