import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OnnxModel } from '@offerstream/onnx';
import { openSession } from '@offerstream/onnx-runtime';
import { LanguageError } from '../errors.js';
import { evaluateFusion, type HeldOutPerplexity } from '../fusion/evaluate-fusion.js';
import { componentsFor, componentsOf, type ComponentRecipe } from '../fusion/fusion-recipe.js';
import { NGramModel } from '../n-gram/n-gram-model.js';
import { lstmNetwork } from '../neural/lstm-network.js';
import { networkComponent } from '../neural/network-component.js';
import type { Network } from '../neural/network.js';
import { servingGraph } from '../neural/serving-graph.js';
import { trainNetwork } from '../neural/train-network.js';
import { transformerNetwork } from '../neural/transformer-network.js';
import type { NextWordModel } from '../next-word/next-word-model.js';
import { perplexity } from '../next-word/score-sentences.js';
import type { LanguageModelKind } from '../stored/language-model-card.js';
import type { LanguageModel } from '../stored/language-model-files.js';
import type { SplitText } from '../text/split-text.js';
import type { TokenizerName } from '../text/tokenizers.js';
import { trainingNote } from './training-note.js';

/** Whatever decides what a model becomes, beside its text. */
export interface LanguageSettings {
  readonly kind: LanguageModelKind;
  readonly tokenizer: TokenizerName;
  /** Words of the vocabulary, where the text has as many. */
  readonly vocabulary: number;
  /** Words of the longest n-grams. */
  readonly order: number;
  /** Absent where the kind has none. */
  readonly network?: {
    readonly embedding: number;
    /** Of an LSTM. */
    readonly hidden?: number;
    readonly layers: number;
    /** At most. */
    readonly epochs: number;
    /** The highest, after the warm-up. */
    readonly learningRate: number;
  };
}

export interface LanguageLearningOptions {
  readonly split: SplitText;
  readonly settings: LanguageSettings;
  /** Folder of the network's checkpoints. */
  readonly checkpoints: string;
  readonly threads: number;
  /** Milliseconds that pass. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** @param share what is done, 0 to 1 @param note what is going on @param milestone whether an epoch has ended */
  readonly onProgress: (share: number, note: string, milestone?: boolean) => void;
  readonly onResume: (from: { readonly step: number; readonly epoch: number }) => void;
}

export interface LearnedLanguageModel {
  readonly model: LanguageModel;
  /** As it is served; absent where the kind has none. */
  readonly network?: OnnxModel;
  /** What the model is made of. */
  readonly components: readonly ({ readonly name: string; readonly weight: number } & HeldOutPerplexity)[];
  /** Of all of them together; absent where there is one. */
  readonly fusion?: HeldOutPerplexity;
}

/** Equal texts and settings give equal models. */
const SEED = 1;
const NETWORK_SHARE = 0.75;
/** How often the weights' fit looks at a part of the validation text, about, for the bar only. */
const EXPECTED_PASSES = 10;
const FIT_PREDICTIONS = 30_000;

/**
 * Learns a language model from the training part of a text, chooses on the validation part, and looks at the test part once. A shop's
 * own texts give a fusion their single words: what is held out has lines of them too, and says how much they weigh.
 *
 * @throws LanguageError, also `bad-option` where a shop's texts are given for another kind; AutodiffError; the signal's reason when it aborts, with a checkpoint of the network to go on from
 */
export const learnLanguageModel = async (options: LanguageLearningOptions): Promise<LearnedLanguageModel> => {
  const { split, settings, threads, signal, onProgress } = options;
  const { kind, order, tokenizer } = settings;
  const { vocabulary } = split;
  if (split.shop !== undefined && kind !== 'fused') {
    throw new LanguageError('bad-option', `A model of kind ${kind} has no part for a shop's own words; make it fused.`);
  }
  onProgress(0, 'counting n-grams');
  const nGrams = NGramModel.train(split.train, { vocabulary, order });
  const shop = split.shop && NGramModel.train(split.shop, { vocabulary, order: 1 });
  await nextTurn();
  signal.throwIfAborted();
  const network = settings.network && (await learnNetwork(options, settings.network));
  const session = network === undefined ? undefined : await openSession(network.toBuffer(), { threads });
  try {
    const ingredients = {
      nGrams,
      ...(shop !== undefined && { shop }),
      ...(session !== undefined && {
        network: networkComponent('network', vocabulary.size, (feeds) => session.run(feeds)),
      }),
    };
    const recipes: readonly ComponentRecipe[] =
      kind === 'fused'
        ? componentsFor(ingredients)
        : [kind === 'ngram' ? { kind: 'n-gram', order } : { kind: 'network' }];
    const measured = await measure(componentsOf(recipes, ingredients), options);
    return {
      model: {
        kind,
        tokenizer,
        recipe: { components: recipes, weights: measured.components.map(({ weight }) => weight) },
        nGrams,
        ...(shop !== undefined && { shop }),
      },
      ...(network !== undefined && { network }),
      ...measured,
    };
  } finally {
    await session?.close();
  }
};

type NetworkSettings = NonNullable<LanguageSettings['network']>;

const learnNetwork = async (options: LanguageLearningOptions, settings: NetworkSettings): Promise<OnnxModel> => {
  const { split, checkpoints, threads, now, signal, onProgress, onResume } = options;
  const { epochs, learningRate } = settings;
  onProgress(0, 'training the network');
  const network = networkOf(settings, split.vocabulary.size);
  let validated: number | undefined;
  const { parameters, complete } = await trainNetwork({
    network,
    train: split.train,
    validation: split.validation,
    seed: SEED,
    epochs,
    learningRate,
    threads,
    checkpoints,
    now,
    signal,
    onResume,
    onProgress: (progress) => {
      validated = progress.validationPerplexity ?? validated;
      const share = NETWORK_SHARE * (progress.step / progress.steps);
      onProgress(share, trainingNote(progress, epochs, validated), progress.validationPerplexity !== undefined);
    },
  });
  if (!complete) signal.throwIfAborted();
  return servingGraph(network, parameters);
};

const networkOf = ({ embedding, hidden, layers }: NetworkSettings, vocabularySize: number): Network =>
  hidden === undefined
    ? transformerNetwork({ vocabularySize, size: embedding, layers })
    : lstmNetwork({ vocabularySize, embedding, hidden, layers });

const measure = async (
  components: readonly NextWordModel[],
  { split, signal, onProgress }: LanguageLearningOptions,
): Promise<Pick<LearnedLanguageModel, 'components' | 'fusion'>> => {
  const { validation, test } = split;
  const heldOut = validation.predictions + test.predictions;
  const fitted = Math.min(FIT_PREDICTIONS, validation.predictions);
  const expected = components.length * (2 * heldOut + EXPECTED_PASSES * fitted);
  let note = 'measuring what was learned';
  let asked = 0;
  const listening = components.map((component) =>
    interruptible(component, signal, (rows) => {
      asked += rows;
      onProgress(NETWORK_SHARE + (1 - NETWORK_SHARE) * Math.min(1, asked / expected), note);
    }),
  );
  const [only] = listening;
  if (only !== undefined && listening.length === 1) {
    const measured = { validation: await perplexity(only, validation), test: await perplexity(only, test) };
    return { components: [{ name: only.name, weight: 1, ...measured }] };
  }
  const { report } = await evaluateFusion(listening, split, {
    predictions: FIT_PREDICTIONS,
    onPass: (_, reached) => (note = `putting the models together: perplexity ${reached.toFixed(1)}`),
  });
  return report;
};

/** Asked for long, n-grams would never let the process hear Ctrl-C. */
const interruptible = (
  component: NextWordModel,
  signal: AbortSignal,
  onRows: (rows: number) => void,
): NextWordModel => ({
  name: component.name,
  vocabularySize: component.vocabularySize,
  afterHistories: (histories, out) => component.afterHistories(histories, out),
  async alongSentences(sentences, out) {
    await nextTurn();
    signal.throwIfAborted();
    await component.alongSentences(sentences, out);
    onRows(out.length / component.vocabularySize);
  },
});
