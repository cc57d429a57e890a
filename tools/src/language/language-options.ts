import { availableParallelism } from 'node:os';
import { LANGUAGE_MODEL_KINDS, MAX_ORDER, MAX_VOCABULARY, TOKENIZERS, type TokenizerName } from '@offerstream/language';
import { Option, type Command } from 'commander';
import { numberBetween, wholeNumber } from '../line/program.js';
import type { LanguageSettings } from './learn-language-model.js';

export interface LanguageOptions extends Pick<LanguageSettings, 'kind' | 'vocabulary' | 'order'> {
  readonly tokenizer?: TokenizerName;
  readonly embedding: number;
  readonly hidden: number;
  readonly layers: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly threads: number;
}

/** Trains within minutes on a shop's catalog. */
export const SMALL = { embedding: 64, hidden: 128, layers: 1, epochs: 10 } as const;
/** The one whose figures are published. */
export const REFERENCE = { embedding: 128, hidden: 256, layers: 2, epochs: 12 } as const;

const wholeUpTo = (most: number) => (value: string) => numberBetween(1, most)(String(wholeNumber(value)));

/** @param defaults of the network */
export const withLanguageOptions = (command: Command, defaults: typeof SMALL | typeof REFERENCE): Command =>
  command
    .addOption(new Option('--kind <name>', 'what the model is made of').choices(LANGUAGE_MODEL_KINDS).default('fused'))
    .addOption(
      new Option(
        '--tokenizer <name>',
        'how a line becomes words (default: space-lower-case for a text, title for a catalog)',
      ).choices(Object.keys(TOKENIZERS)),
    )
    .option('--vocabulary <n>', 'the most frequent words that the model knows', wholeUpTo(MAX_VOCABULARY), 10_000)
    .option('--order <n>', 'words of the longest n-grams', wholeUpTo(MAX_ORDER), 5)
    .option('--embedding <n>', "numbers of a word's vector", wholeNumber, defaults.embedding)
    .option('--hidden <n>', 'numbers of the state of an LSTM layer', wholeNumber, defaults.hidden)
    .option('--layers <n>', 'of the network', wholeNumber, defaults.layers)
    .option('--epochs <n>', 'passes of the network over the text, at most', wholeNumber, defaults.epochs)
    .option(
      '--threads <n>',
      'that compute together; any number gives the same model',
      wholeNumber,
      availableParallelism(),
    );

/** @param source says how a line becomes words where no option does */
export const settingsOf = (options: LanguageOptions, source: 'text' | 'catalog'): LanguageSettings => {
  const { kind, tokenizer, vocabulary, order, embedding, hidden, layers, epochs, learningRate } = options;
  return {
    kind,
    tokenizer: tokenizer ?? (source === 'text' ? 'space-lower-case' : 'title'),
    vocabulary,
    order,
    ...(kind !== 'ngram' && {
      network: { embedding, ...(kind !== 'transformer' && { hidden }), layers, epochs, learningRate },
    }),
  };
};
