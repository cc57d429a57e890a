import {
  Corpus,
  languageModelFiles,
  makeSentenceEncoder,
  NGramModel,
  SENTENCE_ENCODER,
  servingGraph,
  titleTokenizer,
  trainNetwork,
  transformerNetwork,
  Vocabulary,
} from '@offerstream/language';
import { storeVersion } from '@offerstream/learning';
import { EditableModel, Graph, op, tensor } from '@offerstream/onnx';
import type { Line } from './line.js';

const TITLES = ['tea towel', 'cake stand', 'travel mug', 'lunch box', 'paper napkins', 'picnic basket', 'wall clock'];
const COLOURS = ['red', 'blue', 'green', 'pink', 'ivory'];

/** Titles of a small shop; every tenth is held out. */
const SENTENCES = COLOURS.flatMap((colour) =>
  TITLES.flatMap((title) => [`${colour} retrospot ${title}`, `set of three ${colour} ${title}s`, `vintage ${title}`]),
).map(titleTokenizer);

/** Trains n-grams and a network on the shop's titles, and stores them as one language model. */
export const trainLanguage = async (line: Line, name: string): Promise<void> => {
  const vocabulary = new Vocabulary(['<unk>', '</s>', ...new Set(SENTENCES.flat())]);
  const part = (chosen: (index: number) => boolean) =>
    Corpus.ofSentences(SENTENCES.filter((_, index) => chosen(index)).map((words) => vocabulary.encode(words)));
  const train = part((index) => index % 10 !== 9);
  const network = transformerNetwork({ vocabularySize: vocabulary.size, size: 16, heads: 2, layers: 1 });
  const { parameters } = await trainNetwork({
    network,
    train,
    validation: part((index) => index % 10 === 9),
    seed: 1,
    epochs: 5,
    checkpoints: line.path('language-checkpoints'),
    now: () => performance.now(),
  });
  const components = [{ kind: 'n-gram', order: 3 }, { kind: 'network' }] as const;
  await storeVersion(
    line.path('models'),
    name,
    languageModelFiles(
      {
        kind: 'fused',
        tokenizer: 'title',
        recipe: { components, weights: [0.7, 0.4] },
        nGrams: NGramModel.train(train, { vocabulary, order: 3 }),
      },
      servingGraph(network, parameters),
    ),
  );
};

const MARKS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];

/** Stores an encoder for which a text is the set of its words. */
export const storeEncoder = async (line: Line, name: string): Promise<number> => {
  const tokens = [...MARKS, ...new Set(SENTENCES.flat())];
  const { inputIds, attentionMask, tokenTypeIds, embedding } = SENTENCE_ENCODER;
  const graph = new Graph('words');
  const ids = graph.input(inputIds, 'int64', ['B', 'T']);
  graph.input(attentionMask, 'int64', ['B', 'T']);
  graph.input(tokenTypeIds, 'int64', ['B', 'T']);
  const size = tokens.length;
  const places = Float32Array.from({ length: size * size }, (_, at) =>
    at % (size + 1) === 0 && at >= MARKS.length * size ? 1 : 0,
  );
  graph.output(
    'last_hidden_state',
    op.gather(graph.initializer('words', tensor('float32', [size, size], places)), ids),
  );
  const encoder = EditableModel.read(graph.model().toBuffer());
  makeSentenceEncoder(encoder);
  await storeVersion(line.path('models'), name, {
    served: {
      model: encoder.model(),
      inputs: [inputIds, attentionMask, tokenTypeIds].map((input) => ({
        name: input,
        type: 'TYPE_INT64' as const,
        dims: [-1, -1],
      })),
      outputs: [{ name: embedding, type: 'TYPE_FP32', dims: [-1, size] }],
    },
    beside: {
      'tokenizer.json': JSON.stringify({
        version: '1.0',
        added_tokens: MARKS.map((content, id) => ({ id, content, special: true, normalized: false })),
        normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
        pre_tokenizer: { type: 'BertPreTokenizer' },
        post_processor: null,
        decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
        model: {
          type: 'WordPiece',
          unk_token: '[UNK]',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 100,
          vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        },
      }),
    },
  });
  return size;
};
