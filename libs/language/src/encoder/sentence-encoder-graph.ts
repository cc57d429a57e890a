import { Graph, op, type EditableModel, type Value } from '@offerstream/onnx';
import { LanguageError } from '../errors.js';

/** Tensors of a served sentence encoder. */
export const SENTENCE_ENCODER = {
  /** [B, T] int64: token ids, any id where the mask is 0. */
  inputIds: 'input_ids',
  /** [B, T] int64: 1 for a token, 0 for padding. */
  attentionMask: 'attention_mask',
  /** [B, T] int64: all 0, because each row is one text. */
  tokenTypeIds: 'token_type_ids',
  /** [B, d] float32, unit length. */
  embedding: 'sentence_embedding',
} as const;

const HIDDEN = 'last_hidden_state';
const { inputIds, attentionMask, tokenTypeIds, embedding } = SENTENCE_ENCODER;
/** Keeps a row without any token at 0 instead of dividing by it. */
const LEAST_SQUARE = 1e-24;

/** Rows scaled to unit length. @param x [B, d] */
export const unitLength = (x: Value<'float32'>): Value<'float32'> => {
  const squares = op.reduceSum(op.mul(x, x), [1], { keepDims: true });
  return op.div(x, op.sqrt(op.add(squares, LEAST_SQUARE)));
};

/**
 * Makes a sentence encoder of a Transformer encoder: its hidden states [B, T, d] become one embedding [B, d] a row, their mean over the
 * tokens, scaled to unit length (Reimers and Gurevych, "Sentence-BERT", EMNLP 2019, "MEAN-strategy"). The sum of the states has the same
 * direction as their mean, so that it is enough.
 *
 * @param transformer with the inputs of {@link SENTENCE_ENCODER} (`token_type_ids` may be missing) and the output `last_hidden_state`
 * @throws {LanguageError} `model-unusable` where it is another kind of model
 */
export const makeSentenceEncoder = (transformer: EditableModel): void => {
  const width = checkedWidth(transformer);
  for (const { name } of transformer.inputs) transformer.declareShape(name, ['B', 'T']);
  const pooling = new Graph('pooling');
  const hidden = pooling.input(HIDDEN, 'float32', ['B', 'T', width]);
  const mask = op.cast(pooling.input(attentionMask, 'int64', ['B', 'T']), 'float32');
  const sum = op.squeeze(op.matMul(op.unsqueeze(mask, 1), hidden), 1);
  pooling.output(embedding, unitLength(sum));
  transformer.append(pooling);
  for (const { name } of transformer.outputs) if (name !== embedding) transformer.dropOutput(name);
};

const checkedWidth = (transformer: EditableModel): number => {
  const { inputs, outputs } = transformer;
  const known: readonly string[] = [inputIds, attentionMask, tokenTypeIds];
  const fits =
    [inputIds, attentionMask].every((wanted) => inputs.some(({ name }) => name === wanted)) &&
    inputs.every(({ name, type, shape }) => known.includes(name) && type === 'int64' && shape?.length === 2);
  const hidden = outputs.find(({ name }) => name === HIDDEN);
  const width = hidden?.shape?.[2];
  if (fits && hidden?.type === 'float32' && hidden.shape?.length === 3 && typeof width === 'number') return width;
  throw new LanguageError(
    'model-unusable',
    `No sentence encoder can be made of this model: expected int64 [B, T] inputs ${inputIds}, ${attentionMask} and perhaps ` +
      `${tokenTypeIds}, and a float32 [B, T, d] output ${HIDDEN}; it has the inputs ${inputs.map(({ name }) => name).join(', ')} ` +
      `and the outputs ${outputs.map(({ name }) => name).join(', ')}.`,
  );
};
