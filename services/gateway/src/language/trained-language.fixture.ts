import { join } from 'node:path';
import {
  Corpus,
  languageModelFiles,
  makeSentenceEncoder,
  NGramModel,
  SENTENCE_ENCODER,
  servingGraph,
  trainNetwork,
  transformerNetwork,
  Vocabulary,
  type LanguageModel,
} from '@offerstream/language';
import { storeVersion, type StoredVersion } from '@offerstream/learning';
import { EditableModel, Graph, op, tensor } from '@offerstream/onnx';
import { BERT_MARKS, bertTokenizer, tempFolder } from '@offerstream/testing';

/** What the shop says of its things; every word of it is known to its model. */
export const SENTENCES = [
  'set of three cake tins',
  'set of three red mugs',
  'set of four blue mugs',
  'red retrospot mug',
  'red retrospot cake stand',
  'blue polka dot mug',
  'new in the red mug',
  'from the kitchen a cake stand',
] as const;

const words = (sentence: string): string[] => sentence.split(' ');

export const vocabulary = new Vocabulary(['<unk>', '</s>', ...new Set(SENTENCES.flatMap(words))]);

const corpus = Corpus.ofSentences(SENTENCES.map((sentence) => vocabulary.encode(words(sentence))));
const nGrams = NGramModel.train(corpus, { vocabulary, order: 3 });

export const trigrams: LanguageModel = {
  kind: 'ngram',
  tokenizer: 'title',
  recipe: { components: [{ kind: 'n-gram', order: 3 }], weights: [1] },
  nGrams,
};

/** Stores a model of the shop's sentences, as the next version. */
export const storeTrigrams = (repository: string, name: string): Promise<StoredVersion> =>
  storeVersion(repository, name, languageModelFiles(trigrams));

/** The same and a network as one, which inference has to serve. */
export const storeFusion = async (repository: string, name: string): Promise<StoredVersion> => {
  const network = transformerNetwork({ vocabularySize: vocabulary.size, size: 8, heads: 2, layers: 1 });
  const { parameters } = await trainNetwork({
    network,
    train: corpus,
    validation: corpus,
    seed: 1,
    epochs: 3,
    checkpoints: join(await tempFolder(), 'checkpoints'),
    now: () => performance.now(),
  });
  const fused: LanguageModel = {
    ...trigrams,
    kind: 'fused',
    recipe: { components: [{ kind: 'n-gram', order: 3 }, { kind: 'network' }], weights: [0.8, 0.3] },
  };
  return storeVersion(repository, name, languageModelFiles(fused, servingGraph(network, parameters)));
};

const TOKENS = [...BERT_MARKS, ...vocabulary.words.slice(2)];
const MAX_TOKENS = 16;

/** Stores an encoder for which a text is its words, whatever their order: a vector has a place for each word. */
export const storeEncoder = (repository: string, name: string): Promise<StoredVersion> => {
  const { inputIds, attentionMask, tokenTypeIds, embedding } = SENTENCE_ENCODER;
  const graph = new Graph('tiny');
  const ids = graph.input(inputIds, 'int64', ['B', 'T']);
  graph.input(attentionMask, 'int64', ['B', 'T']);
  graph.input(tokenTypeIds, 'int64', ['B', 'T']);
  const size = TOKENS.length;
  const places = Float32Array.from({ length: size * size }, (_, at) =>
    at % (size + 1) === 0 && at >= BERT_MARKS.length * size ? 1 : 0,
  );
  const table = graph.initializer('table', tensor('float32', [size, size], places));
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
      outputs: [{ name: embedding, type: 'TYPE_FP32', dims: [-1, size] }],
    },
    beside: { 'tokenizer.json': JSON.stringify(bertTokenizer(TOKENS, MAX_TOKENS)) },
  });
};

/** D of {@link storeEncoder}'s embeddings. */
export const DIMENSIONS = TOKENS.length;
