import { availableParallelism } from 'node:os';
import {
  LANGUAGE_MODEL_KINDS,
  MAX_ORDER,
  MAX_VOCABULARY,
  TOKENIZERS,
  type LanguageSettings,
  type TokenizerName,
} from '@offerstream/language';
import { Option, type Command } from 'commander';
import { learningRateOption, wholeNumber, wholeNumberUpTo } from '../line/program.js';

export interface LanguageOptions extends Pick<LanguageSettings, 'kind' | 'vocabulary' | 'order'> {
  readonly tokenizer?: TokenizerName;
  readonly embedding: number;
  readonly hidden: number;
  readonly layers: number;
  readonly epochs?: number;
  readonly learningRate: number;
  readonly threads: number;
}

interface NetworkDefaults {
  readonly embedding: number;
  readonly hidden: number;
  readonly layers: number;
  /** Without them {@link SMALL_PREDICTIONS} decide. */
  readonly epochs?: number;
}

/** Trains within minutes on a shop's catalog. */
export const SMALL: NetworkDefaults = { embedding: 64, hidden: 128, layers: 1 };
/** The one whose figures are published. */
export const REFERENCE: NetworkDefaults = { embedding: 128, hidden: 256, layers: 2, epochs: 12 };

/** What a network sees in all: with few titles it takes many passes until it has learned them, with many it is to end, too. */
const SMALL_PREDICTIONS = 2_000_000;
const FEWEST_EPOCHS = 4;
const MOST_EPOCHS = 60;

/** @param defaults of the network */
export const withLanguageOptions = (command: Command, defaults: NetworkDefaults): Command =>
  command
    .addOption(new Option('--kind <name>', 'what the model is made of').choices(LANGUAGE_MODEL_KINDS).default('fused'))
    .addOption(
      new Option(
        '--tokenizer <name>',
        'how a line becomes words (default: space-lower-case, with a catalog title)',
      ).choices(Object.keys(TOKENIZERS)),
    )
    .option('--vocabulary <n>', 'the most frequent words that the model knows', wholeNumberUpTo(MAX_VOCABULARY), 10_000)
    .option('--order <n>', 'words of the longest n-grams', wholeNumberUpTo(MAX_ORDER), 5)
    .option('--embedding <n>', "numbers of a word's vector", wholeNumber, defaults.embedding)
    .option('--hidden <n>', 'numbers of the state of an LSTM layer', wholeNumber, defaults.hidden)
    .option('--layers <n>', 'of the network', wholeNumber, defaults.layers)
    .option(
      '--epochs <n>',
      `passes of the network over the text, at most${defaults.epochs === undefined ? ` (default: ${FEWEST_EPOCHS} to ${MOST_EPOCHS}, by the length of the text)` : ''}`,
      wholeNumber,
      defaults.epochs,
    )
    .option(...learningRateOption)
    .option(
      '--threads <n>',
      'that compute together; any number gives the same model',
      wholeNumber,
      availableParallelism(),
    );

/** How a line becomes words where no option says it. */
export const tokenizerOf = ({ tokenizer }: LanguageOptions, source: 'text' | 'catalog'): TokenizerName =>
  tokenizer ?? (source === 'text' ? 'space-lower-case' : 'title');

/** @param learnedFrom words and sentence ends to learn from */
export const settingsOf = (
  options: LanguageOptions,
  tokenizer: TokenizerName,
  learnedFrom: number,
): LanguageSettings => {
  const { kind, vocabulary, order, embedding, hidden, layers, learningRate } = options;
  const { epochs = epochsFor(learnedFrom) } = options;
  return {
    kind,
    tokenizer,
    vocabulary,
    order,
    ...(kind !== 'ngram' && {
      network: { embedding, ...(kind !== 'transformer' && { hidden }), layers, epochs, learningRate },
    }),
  };
};

const epochsFor = (learnedFrom: number): number =>
  Math.min(MOST_EPOCHS, Math.max(FEWEST_EPOCHS, Math.round(SMALL_PREDICTIONS / learnedFrom)));
