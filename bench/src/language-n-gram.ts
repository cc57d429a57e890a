import { languageModelFiles, NGramModel } from '@offerstream/language';
import { NO_BROWN, readBrown } from './brown.js';
import { machine, report } from './machine.js';

const ORDER = 5;
const TRAININGS = 3;
const SCORING_MS = 3_000;

/** Modified Kneser-Ney on the Brown corpus: how long it learns, how fast it scores, how large it is. */
export const benchNGram = async (): Promise<string | undefined> => {
  const brown = await readBrown();
  if (brown === undefined) return NO_BROWN;
  const { vocabulary, train, test } = brown;
  const seconds: number[] = [];
  let model: NGramModel | undefined;
  for (let training = 0; training < TRAININGS; training++) {
    const began = performance.now();
    model = NGramModel.train(train, { vocabulary, order: ORDER });
    seconds.push(Math.round(performance.now() - began) / 1_000);
  }
  if (model === undefined) throw new Error('No model was trained.');

  const sentences = [...test.sentences()];
  let tokens = 0;
  let score = 0;
  const began = performance.now();
  while (performance.now() - began < SCORING_MS) {
    score = 0;
    for (const sentence of sentences) for (const one of model.scoreSentence(sentence)) score += one;
    tokens += test.predictions;
  }
  const scoringSeconds = (performance.now() - began) / 1_000;
  const recipe = { components: [{ kind: 'n-gram', order: ORDER }], weights: [1] } as const;
  const files = languageModelFiles({ kind: 'ngram', tokenizer: 'space-lower-case', recipe, nGrams: model });
  report({
    bench: 'language',
    part: 'n-gram',
    trainingSeconds: seconds.toSorted((a, b) => a - b)[TRAININGS >> 1],
    scoredTokensPerSecond: Math.round(tokens / scoringSeconds),
    fileBytes: files.beside['n-grams.bin']?.length,
    memoryBytes: model.sizeBytes,
    nGrams: model.nGrams,
    perplexity: Math.exp(-score / test.predictions),
    trainings: seconds,
    settings: { order: ORDER, vocabulary: vocabulary.size, learnedFrom: train.predictions, scored: test.predictions },
    machine: machine(),
  });
  return undefined;
};
