import { TrainedParameters } from '@offerstream/autodiff';
import { Graph, op, type OnnxModel } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import type { Network } from './network.js';
import { POSITIONS, TOKENS } from './sentence-batch.js';

/** What a served network answers with. */
export const LOG_PROBABILITIES = 'log_probabilities';

/**
 * A trained network as a graph that is served. Its input `tokens` [B, T] int64 has in each row the id of `</s>`, a sentence's words, and
 * any ids as padding; `positions` [N] int64 says after which of the flattened tokens a word is asked for. Its output `log_probabilities`
 * [N, V] is of the words that come there.
 *
 * @param parameters by name, as training gave them
 */
export const servingGraph = (network: Network, parameters: Tensors): OnnxModel => {
  const graph = new Graph(`${network.kind}-language-model`);
  const tokens = graph.input(TOKENS, 'int64', ['B', 'T']);
  const positions = graph.input(POSITIONS, 'int64', ['N']);
  const trained = new TrainedParameters(graph, parameters);
  const { features, logits } = network.build(trained, op.transpose(tokens, [1, 0]), (_, x) => x);
  const bySentence = op.transpose(features, [1, 0, 2]);
  const flat = op.reshape(bySentence, ['B T', features.shape[2] as number]);
  graph.output(LOG_PROBABILITIES, op.logSoftmax(logits(op.gather(flat, positions))));
  return graph.model();
};
