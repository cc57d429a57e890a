import { dropoutMask, negativeLogLikelihood, type Model, type TrainedOutputs } from '@offerstream/autodiff';
import { op } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import type { Dropout, Network } from './network.js';
import { POSITIONS, TARGETS, TOKENS } from './sentence-batch.js';

/** What share of a network's numbers is left out at a step, at each place; a mask is one for all words of a sentence (Gal & Ghahramani 2016). */
export interface DropoutRates {
  /** Of the words' embeddings. */
  readonly embedding: number;
  /** Of what each layer gives to the next, and the last to the output. */
  readonly layer: number;
}

export interface TrainingModel {
  readonly model: Model<TrainedOutputs>;
  /** Inputs beside the sentences, for a batch of so many; known when the graph has been built. */
  readonly masks: (batch: number, random: () => number) => Tensors;
}

/** The graph of a network's loss on a sentence batch, the mean over its predictions in nats. */
export const lossModel =
  (network: Network, dropout: Dropout = (_, x) => x): Model<TrainedOutputs> =>
  (graph, parameters) => {
    const tokens = graph.input(TOKENS, 'int64', ['T', 'B']);
    const positions = graph.input(POSITIONS, 'int64', ['N']);
    const targets = graph.input(TARGETS, 'int64', ['N']);
    const { features, logits } = network.build(parameters, tokens, dropout);
    const size = features.shape.at(-1) as number;
    // Padding is left out before the output, which is most of the work.
    const asked = op.gather(op.reshape(features, ['T B', size]), positions);
    return { loss: op.reduceMean(negativeLogLikelihood(logits(asked), targets), [0], { keepDims: false }) };
  };

/** {@link lossModel} with dropout, by masks that are fed. */
export const trainingModel = (network: Network, rates: DropoutRates): TrainingModel => {
  const masks = new Map<string, { readonly size: number; readonly rate: number }>();
  const dropout: Dropout = (place, x, timeAxis) => {
    const rate = place === 'embedding' ? rates.embedding : rates.layer;
    if (rate === 0) return x;
    const input = `dropout/${place}`;
    const size = x.shape.at(-1) as number;
    masks.set(input, { size, rate });
    return op.mul(x, op.unsqueeze(x.graph.input(input, 'float32', ['B', size]), timeAxis));
  };
  return {
    model: lossModel(network, dropout),
    masks: (batch, random) =>
      Object.fromEntries(
        [...masks].map(([input, { size, rate }]) => {
          return [input, { dtype: 'float32', dims: [batch, size], data: dropoutMask(batch * size, rate, random) }];
        }),
      ),
  };
};
