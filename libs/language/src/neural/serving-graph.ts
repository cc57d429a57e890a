import { TrainedParameters } from '@offerstream/autodiff';
import { Graph, op, type OnnxModel } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import type { Network } from './network.js';
import { TOKENS } from './sentence-batch.js';

/** Tensors of a served language model beside `tokens`. */
export const LENGTHS = 'lengths';
export const LOG_PROBABILITIES = 'log_probabilities';

/**
 * A trained network as a graph that is served. Its input `tokens` [B, T] int64 has in each row the id of `</s>`, a sentence's words, and
 * any ids as padding.
 *
 * @param parameters by name, as training gave them
 * @param answer `every`: output `log_probabilities` [B, T, V], in each place for the word that comes after that token. `last`: one more
 * input `lengths` [B] int64, how many tokens of a row count, and `log_probabilities` [B, V] for the word after them
 */
export const servingGraph = (network: Network, parameters: Tensors, answer: 'every' | 'last'): OnnxModel => {
  const graph = new Graph(`${network.kind}-language-model`);
  const tokens = graph.input(TOKENS, 'int64', ['B', 'T']);
  const trained = new TrainedParameters(graph, parameters);
  const { features, logits } = network.build(trained, op.transpose(tokens, [1, 0]), (_, x) => x);
  if (answer === 'every') {
    graph.output(LOG_PROBABILITIES, op.logSoftmax(logits(op.transpose(features, [1, 0, 2]))));
    return graph.model();
  }
  const lengths = graph.input(LENGTHS, 'int64', ['B']);
  const rows = op.add(op.mul(op.sub(lengths, 1), graph.size('B')), op.positions(lengths, 0));
  const last = op.gather(op.reshape(features, ['T B', features.shape[2] as number]), rows);
  graph.output(LOG_PROBABILITIES, op.logSoftmax(logits(last)));
  return graph.model();
};
