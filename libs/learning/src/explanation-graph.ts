import { EXPLANATION_INPUTS, EXPLANATION_OUTPUTS, EXPLANATION_SOURCES } from '@offerstream/contracts';
import { Graph, op, type OnnxModel } from '@offerstream/onnx';
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
  const { contributions, bias, sources } = graph.scope('explain', () => rank(history).explain(items));

  // The row of unknown items is one for all of them, and would make the one a reason for the other.
  const known = op.cast(op.greater(graph.scalar('int64', catalog.hashes.length), history.positions), 'float32');
  graph.output(EXPLANATION_OUTPUTS.contributions, op.mul(contributions, op.unsqueeze(known, 1)));
  graph.output(EXPLANATION_OUTPUTS.bias, bias);
  if (sources !== undefined) {
    const nothing = op.mul(bias, 0);
    const each = EXPLANATION_SOURCES.map((source) => op.unsqueeze(sources.get(source) ?? nothing, 2));
    graph.output(EXPLANATION_OUTPUTS.sources, op.concat(each, 2));
  }
  return graph.model();
};
