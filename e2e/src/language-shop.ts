import {
  Corpus,
  languageModelFiles,
  NGramModel,
  sentenceEncoderFiles,
  servingGraph,
  titleTokenizer,
  trainNetwork,
  trainSentenceEncoder,
  transformerNetwork,
  Vocabulary,
} from '@offerstream/language';
import { storeVersion } from '@offerstream/learning';
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

/** Trains a small encoder on the shop's titles and stores it. */
export const trainEncoder = async (line: Line, name: string, dimensions: number): Promise<void> => {
  const titles = SENTENCES.map((words) => words.join(' '));
  const trained = await trainSentenceEncoder({
    titles,
    // Who looks at a thing looks at it in other colours.
    sessions: TITLES.map((thing) => titles.filter((title) => title.includes(thing))),
    seed: 1,
    dimensions,
    checkpoints: line.path('encoder-checkpoints'),
    now: () => performance.now(),
  });
  await storeVersion(line.path('models'), name, sentenceEncoderFiles(trained));
};
