import { SeededRandom, Trainer } from '@offerstream/autodiff';
import {
  componentsFor,
  networkComponent,
  NGramModel,
  nextWordModelOf,
  servingGraph,
  topWords,
  type LanguageModel,
} from '@offerstream/language';
import { openSession } from '@offerstream/onnx-runtime';
import { NO_BROWN, readBrown } from './brown.js';
import { distribution } from './distribution.js';
import { machine, report } from './machine.js';
import { REFERENCE_LSTM, referenceLoss } from './reference-lstm.js';

const ORDER = 5;
const TOP = 10;
const WARM_UP = 100;
const ASKED = 2_000;

/**
 * The ten likeliest next words after sentences of the Brown corpus, one after the other, by a fusion of all components in one process.
 * What the network has learned is of no account for its time, so it has learned nothing.
 */
export const benchNextWord = async (): Promise<string | undefined> => {
  const brown = await readBrown();
  if (brown === undefined) return NO_BROWN;
  const nGrams = NGramModel.train(brown.train, { vocabulary: brown.vocabulary, order: ORDER });
  const trainer = await Trainer.open({ model: referenceLoss, random: new SeededRandom(1).next });
  const session = await openSession(servingGraph(REFERENCE_LSTM, trainer.parameters).toBuffer());
  await trainer.close();
  const run = session.run.bind(session);
  const components = componentsFor({ nGrams, network: networkComponent('network', nGrams.vocabulary.size, run) });
  const fused: LanguageModel = {
    kind: 'fused',
    tokenizer: 'space-lower-case',
    recipe: { components, weights: components.map(() => 1 / components.length) },
    nGrams,
  };
  const model = nextWordModelOf(fused, run);
  const histories = brown.test
    .sentences()
    .take(WARM_UP + ASKED)
    .toArray();
  const out = new Float32Array(model.vocabularySize);
  const milliseconds: number[] = [];
  for (const history of histories) {
    const began = performance.now();
    await model.afterHistories([history], out);
    topWords(out, TOP);
    milliseconds.push(performance.now() - began);
  }
  await session.close();
  report({
    bench: 'language',
    part: 'next-word',
    milliseconds: distribution(milliseconds.slice(WARM_UP)),
    words: histories.slice(WARM_UP).reduce((sum, { length }) => sum + length, 0) / ASKED,
    settings: {
      components: components.map(({ kind }) => kind),
      vocabulary: model.vocabularySize,
      asked: ASKED,
      threads: 1,
    },
    machine: machine(),
  });
  return undefined;
};
