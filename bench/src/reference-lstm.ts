import { negativeLogLikelihood, type Model, type TrainedOutputs } from '@offerstream/autodiff';
import { lstmNetwork } from '@offerstream/language';
import { op } from '@offerstream/onnx';

/** Vocabulary 10,000, embedding 128, hidden 256, 2 layers. */
export const REFERENCE_LSTM = lstmNetwork({ vocabularySize: 10_000, embedding: 128, hidden: 256, layers: 2 });

/** Its loss where every place of `tokens` [T, B] is a prediction: the mean over `targets` [T, B]. */
export const referenceLoss: Model<TrainedOutputs> = (graph, parameters) => {
  const tokens = graph.input('tokens', 'int64', ['T', 'B']);
  const targets = op.reshape(graph.input('targets', 'int64', ['T', 'B']), ['T B']);
  const { features, logits } = REFERENCE_LSTM.build(parameters, tokens, (_, x) => x);
  const rows = op.reshape(features, ['T B', features.shape.at(-1) as number]);
  return { loss: op.reduceMean(negativeLogLikelihood(logits(rows), targets), [0], { keepDims: false }) };
};
