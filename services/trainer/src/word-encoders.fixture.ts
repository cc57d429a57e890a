import { makeSentenceEncoder, SENTENCE_ENCODER } from '@offerstream/language';
import { storeVersion, type StoredVersion } from '@offerstream/learning';
import { EditableModel, Graph, op, tensor } from '@offerstream/onnx';
import { BERT_MARKS, bertTokenizer } from '@offerstream/testing';

const WORDS = ['red', 'blue', 'mug', 'lamp'];
/** Its vector has numbers that are none. */
export const UNSPEAKABLE = 'unspeakable';
const TOKENS = [...BERT_MARKS, ...WORDS, UNSPEAKABLE];
const MAX_TOKENS = 8;

/** Stores an encoder for which a text is its words, whatever their order: a vector has a place for each. */
export const storeWords = (repository: string, name: string): Promise<StoredVersion> => {
  const { inputIds, attentionMask, tokenTypeIds, embedding } = SENTENCE_ENCODER;
  const graph = new Graph('words');
  const ids = graph.input(inputIds, 'int64', ['B', 'T']);
  graph.input(attentionMask, 'int64', ['B', 'T']);
  graph.input(tokenTypeIds, 'int64', ['B', 'T']);
  const places = Float32Array.from({ length: TOKENS.length * WORDS.length }, (_, at) => {
    const [token, place] = [Math.floor(at / WORDS.length), at % WORDS.length];
    if (TOKENS[token] === UNSPEAKABLE) return NaN;
    return token === BERT_MARKS.length + place ? 1 : 0;
  });
  const table = graph.initializer('table', tensor('float32', [TOKENS.length, WORDS.length], places));
  graph.output('last_hidden_state', op.gather(table, ids));
  const encoder = EditableModel.read(graph.model().toBuffer());
  makeSentenceEncoder(encoder);
  return storeVersion(repository, name, {
    served: {
      model: encoder.model(),
      inputs: [inputIds, attentionMask, tokenTypeIds].map((input) => ({
        name: input,
        type: 'TYPE_INT64' as const,
        dims: [-1, -1],
      })),
      outputs: [{ name: embedding, type: 'TYPE_FP32', dims: [-1, WORDS.length] }],
    },
    beside: { 'tokenizer.json': JSON.stringify(bertTokenizer(TOKENS, MAX_TOKENS)) },
  });
};

/** Which of the words a vector is of. */
export const wordsOf = (vector: Float32Array): readonly string[] => WORDS.filter((_, at) => (vector[at] ?? 0) > 0.1);
