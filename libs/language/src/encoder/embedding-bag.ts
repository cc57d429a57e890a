import {
  constant,
  embedding,
  negativeLogLikelihood,
  normal,
  TrainedParameters,
  type Model,
  type Parameters,
  type TrainedOutputs,
} from '@offerstream/autodiff';
import { Graph, op, type OnnxModel, type Value } from '@offerstream/onnx';
import type { Tensors } from '@offerstream/onnx-runtime';
import { SENTENCE_ENCODER, unitLength } from './sentence-encoder-graph.js';

type Single = Value<'float32'>;

/** What an embedding is made of: what the text says, and what it is acted on with. */
export type View = 'words' | 'sessions';

export interface EmbeddingBagSizes {
  /** Ids there are. */
  readonly rows: number;
  /** Of an embedding: a multiple of the number of views. */
  readonly dimensions: number;
  readonly views: readonly View[];
}

/** Inputs of the graph that trains. */
export const BAG_TRAINING = {
  /** [U] int64: each id of the batch's texts once. */
  ids: 'ids',
  /** [N, U] float32: how often each of the ids is in each anchor. */
  anchors: 'anchors',
  /** [N, U] float32: the same for the positives, to which their anchors are to be near. */
  positives: 'positives',
  /** [N, N] float32: added to the score of each anchor (row) with each positive. */
  corrections: 'corrections',
  /** [N, 1] float32: 1 where a pair teaches the view, else 0. */
  teaches: (view: View) => `teaches/${view}`,
} as const;

/**
 * Of the vectors before training. Random ones tell titles by their words already, so those of that view are to change slowly; Adam's
 * steps are equally long for all, and turn a longer vector by less.
 */
const FIRST_LENGTH: Readonly<Record<View, number>> = { words: 2, sessions: 1 };

/**
 * How much of an embedding's square each view is. Words tell texts apart by larger differences than sessions do, which would not be seen
 * beside them in equal parts.
 */
export const VIEW_SHARES: Readonly<Record<View, number>> = { words: 0.3, sessions: 0.7 };

/**
 * The vectors of ids in a view, each as long as the id counts: an id that says little gets a small weight.
 *
 * @returns the shape of the ids, and then the view's share of the dimensions
 */
const weightedVectors = (
  parameters: Parameters,
  view: View,
  ids: Value<'int64'>,
  { rows, dimensions, views }: EmbeddingBagSizes,
): Single => {
  const size = dimensions / views.length;
  const weights = embedding(parameters, `${view}/weights`, ids, { rows, size: 1 }, constant(0));
  const first = normal(FIRST_LENGTH[view] / Math.sqrt(size));
  const vectors = embedding(parameters, `${view}/vectors`, ids, { rows, size }, first);
  return op.mul(vectors, op.exp(weights));
};

/**
 * The loss of texts whose embedding is, in each view, the sum of their ids' weighted vectors, scaled to unit length: each anchor
 * has to tell its positive from those of the others (in-batch softmax over cosines by a temperature; van den Oord, Li,
 * Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018, equation 4). Each pair teaches one view, since what makes
 * titles of one session near makes them hard to tell apart. A batch's texts share their ids, so that products of matrices take the place
 * of many small sums.
 */
export const bagLoss =
  (sizes: EmbeddingBagSizes, temperature: number): Model<TrainedOutputs> =>
  (graph, parameters) => {
    const ids = graph.input(BAG_TRAINING.ids, 'int64', ['U']);
    const anchors = graph.input(BAG_TRAINING.anchors, 'float32', ['N', 'U']);
    const positives = graph.input(BAG_TRAINING.positives, 'float32', ['N', 'U']);
    const corrections = graph.input(BAG_TRAINING.corrections, 'float32', ['N', 'N']);
    const scores = sizes.views
      .map((view) => {
        const vectors = weightedVectors(parameters, view, ids, sizes);
        const [from, to] = [anchors, positives].map((counts) => unitLength(op.gemm(counts, vectors))) as [
          Single,
          Single,
        ];
        const teaches = graph.input(BAG_TRAINING.teaches(view), 'float32', ['N', 1]);
        return op.mul(op.gemm(from, to, { transB: true }), op.div(teaches, temperature));
      })
      .reduce((sum, ofView) => op.add(sum, ofView), corrections);
    return { loss: op.reduceMean(negativeLogLikelihood(scores, op.positions(scores, 0)), [0], { keepDims: false }) };
  };

/** The embedding as it is served, its views side by side: the inputs and the output of {@link SENTENCE_ENCODER}. */
export const bagEmbedding = (graph: Graph, parameters: Parameters, sizes: EmbeddingBagSizes): Single => {
  const ids = graph.input(SENTENCE_ENCODER.inputIds, 'int64', ['B', 'T']);
  const mask = op.cast(graph.input(SENTENCE_ENCODER.attentionMask, 'int64', ['B', 'T']), 'float32');
  graph.input(SENTENCE_ENCODER.tokenTypeIds, 'int64', ['B', 'T']);
  const views = sizes.views.map((view) => {
    const vectors = weightedVectors(parameters, view, ids, sizes);
    const sum = op.squeeze(op.matMul(op.unsqueeze(mask, 1), vectors), 1);
    return op.mul(unitLength(sum), Math.sqrt(VIEW_SHARES[view]));
  });
  return unitLength(op.concat(views, 1));
};

/** The graph that is served. @param parameters by name, as training gave them */
export const bagServingGraph = (parameters: Tensors, sizes: EmbeddingBagSizes): OnnxModel => {
  const graph = new Graph('sentence-encoder');
  graph.output(SENTENCE_ENCODER.embedding, bagEmbedding(graph, new TrainedParameters(graph, parameters), sizes));
  return graph.model();
};
