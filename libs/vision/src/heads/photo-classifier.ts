import { EditableModel, Graph, op, type OnnxModel, type Value } from '@offerstream/onnx';
import { constant, FEATURES, unitLength, type PhotoNetwork } from '../backbone/photo-network.js';
import { IMAGE_MODEL, type ImageModelDescription } from '../stored/image-model-description.js';
import { rowCount, type FeatureRows } from './feature-rows.js';
import type { Head } from './head.js';

/** How much the class counts in an embedding beside the look; that of the look is 1. Chosen on the validation part of clothing_small. */
const CLASS_WEIGHT = 0.25;

export interface PhotoClassifier {
  readonly description: ImageModelDescription;
  readonly model: OnnxModel;
}

export interface HeadOnFeatures {
  readonly head: Head;
  readonly classes: readonly string[];
  /** Features that the head learned from. */
  readonly rows: FeatureRows;
}

/**
 * A head as a graph: a network's features and its own embedding → the embedding of the classifier and its log-likelihoods. The embedding has two
 * parts: the network's own, of which the mean of the photos that it learned from is taken away, and √P(c | x), so that a photo is near to those
 * of its class, and among them to those that look like it.
 */
export const headGraph = (parts: readonly number[], { head, classes, rows }: HeadOnFeatures): Graph => {
  const own = parts[0] as number;
  const { dimensions } = rows;
  const graph = new Graph('head');
  const features = graph.input(FEATURES, 'float32', ['B', dimensions]);
  const weights = constant(graph, 'weights', [dimensions, classes.length], head.weights);
  const logLikelihoods = op.add(op.matMul(features, weights), constant(graph, 'bias', [classes.length], head.bias));
  const look = op.sub(graph.input(OWN, 'float32', ['B', own]), constant(graph, 'look', [own], ownMean(rows, own)));
  const scores = op.add(logLikelihoods, constant(graph, 'log priors', [classes.length], head.priors.map(Math.log)));
  const both = op.concat([unitLength(look, own), op.mul(rootShares(scores, classes.length), CLASS_WEIGHT)], 1);
  graph.output(IMAGE_MODEL.embedding, unitLength(both, own + classes.length));
  graph.output(IMAGE_MODEL.logLikelihoods, logLikelihoods);
  return graph;
};

/** A network with a head behind it. @param backbone the network's name, where it has one */
export const photoClassifier = (
  { input, parts, graph: network }: PhotoNetwork,
  on: HeadOnFeatures,
  backbone?: string,
): PhotoClassifier => {
  const { head, classes } = on;
  const model = EditableModel.read(network.model().toBuffer());
  model.rename(IMAGE_MODEL.embedding, OWN);
  model.append(headGraph(parts, on));
  for (const name of [FEATURES, OWN]) model.dropOutput(name);
  return {
    description: {
      input,
      embedding: { dimensions: (parts[0] as number) + classes.length },
      classes: [...classes],
      priors: [...head.priors],
      head: head.kind,
      ...(backbone !== undefined && { backbone }),
    },
    model: model.model(),
  };
};

/** The embedding of the network that a head is put on, [B, D]. */
export const OWN = 'own_embedding';

const ownMean = (rows: FeatureRows, own: number): Float64Array => {
  const mean = new Float64Array(own);
  const count = rowCount(rows);
  for (let row = 0; row < count; row++) {
    for (let d = 0; d < own; d++)
      mean[d] = (mean[d] as number) + (rows.data[row * rows.dimensions + d] as number) / count;
  }
  return mean;
};

/**
 * √softmax, as 1 / √Σₖ exp(sₖ − s), of operators that the oldest operator sets have: where a sum is infinite, its share is 0.
 *
 * @param scores [B, C]
 */
const rootShares = (scores: Value<'float32'>, classes: number): Value<'float32'> => {
  const against = op.sub(op.reshape(scores, ['B', 1, classes]), op.reshape(scores, ['B', classes, 1]));
  const ones = constant(scores.graph, 'ones of classes', [classes, 1], new Array<number>(classes).fill(1));
  const sums = op.reshape(op.matMul(op.exp(against), ones), ['B', classes]);
  return op.div(constant(scores.graph, 'one', [1], [1]), op.sqrt(sums));
};
