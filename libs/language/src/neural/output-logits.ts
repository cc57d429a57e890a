import { constant, dense, type Parameters } from '@offerstream/autodiff';
import { op, type Value } from '@offerstream/onnx';

type Single = Value<'float32'>;

/**
 * From features to a number for each word.
 *
 * @param features [..., features]
 * @param words [V, embedding]
 * @param tied whether the output's weights are the words' embeddings (Press & Wolf, "Using the output embedding to improve language
 * models", EACL 2017), behind a projection to their size
 * @returns [..., V]
 */
export const outputLogits = (parameters: Parameters, features: Single, words: Single, tied: boolean): Single => {
  const [vocabularySize, embedding] = words.shape as readonly [number, number];
  if (!tied) return dense(parameters, 'output', features, vocabularySize);
  const bias = parameters.get('output/bias', [vocabularySize], constant(0));
  const projected = dense(parameters, 'projection', features, embedding);
  return projected.shape.length === 2
    ? op.gemm(projected, words, { transB: true, plus: bias })
    : op.add(op.matMul(projected, op.transpose(words, [1, 0])), bias);
};
