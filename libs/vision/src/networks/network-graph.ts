import {
  dense,
  negativeLogLikelihood,
  TrainedParameters,
  type Model,
  type Parameters,
  type TrainedOutputs,
} from '@offerstream/autodiff';
import { Graph, op, vector, type OnnxModel, type Value } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import { constant, unitLength } from '../backbone/photo-network.js';
import { IMAGE_MODEL } from '../stored/image-model-description.js';
import { LABELS } from './image-batch.js';
import type { ImageNetwork } from './image-network.js';

/** Output of an evaluation graph, [N, C]. */
export const LOGITS = 'logits';

/** What training makes small: the mean cross-entropy of the labels. */
export const trainingModel =
  (network: ImageNetwork, classes: number): Model<TrainedOutputs> =>
  (graph, parameters) => {
    const logits = head(parameters, featuresOf(network, parameters), classes);
    const losses = negativeLogLikelihood(logits, graph.input(LABELS, 'int64', ['B']));
    return { loss: op.reduceMean(losses, [0], { keepDims: false }) };
  };

/** What a network says of photos, to be measured. */
export const evaluationModel =
  (network: ImageNetwork, classes: number): Model<{ readonly outputs: Readonly<Record<string, Value>> }> =>
  (_, parameters) => ({
    outputs: { [LOGITS]: head(parameters, featuresOf(network, parameters), classes) },
  });

export interface Served {
  /** Of `trainImageNetwork`. */
  readonly parameters: Tensors;
  /** By class: P(c). */
  readonly priors: readonly number[];
  /** What logits are divided by. */
  readonly temperature: number;
}

/**
 * The graph that is served: `pixels` → `embedding` and `log_likelihoods`, log P(c | x) − log P(c) with P(c | x) the softmax of logits over
 * the temperature. Batches are normalised by running means.
 */
export const servingGraph = (network: ImageNetwork, { parameters, priors, temperature }: Served): OnnxModel => {
  const graph = new Graph(network.kind);
  const trained = new TrainedParameters(graph, parameters);
  const features = featuresOf(network, trained);
  const logits = head(trained, features, priors.length);
  const logPriors = graph.initializer('log-priors', vector('float32', priors.map(Math.log)));
  graph.output(IMAGE_MODEL.embedding, unitLength(features, network.dimensions));
  graph.output(IMAGE_MODEL.logLikelihoods, op.sub(op.logSoftmax(op.div(logits, temperature)), logPriors));
  return graph.model();
};

const head = (parameters: Parameters, features: Value<'float32'>, classes: number): Value<'float32'> =>
  dense(parameters, 'classes', features, classes);

const featuresOf = (network: ImageNetwork, parameters: Parameters): Value<'float32'> => {
  const { side, normalisation } = network;
  const pixels = parameters.graph.input(IMAGE_MODEL.pixels, 'uint8', ['B', side, side, 3]);
  return network.features(parameters, normalised(pixels, normalisation));
};

/** [B, H, W, 3] uint8 → [B, 3, H, W] */
const normalised = (pixels: Value<'uint8'>, { mean, deviation }: ImageNetwork['normalisation']): Value<'float32'> => {
  const byChannel = (name: string, values: readonly number[]) => constant(pixels.graph, name, [3, 1, 1], values);
  const planes = op.cast(op.transpose(pixels, [0, 3, 1, 2]), 'float32');
  return op.div(op.sub(planes, byChannel('mean', mean)), byChannel('deviation', deviation));
};
