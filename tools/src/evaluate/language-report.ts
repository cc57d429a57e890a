import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  NGramModel,
  type Corpus,
  type HeldOutPerplexity,
  type LanguageSettings,
  type LearnedLanguageModel,
  type SplitText,
} from '@offerstream/language';
import { unitsText } from '../line/amounts.js';
import { textTable } from '../line/text-table.js';

/** What a language model scored; contents of `--json`. */
export interface LanguageReport {
  readonly files: readonly string[];
  readonly lines: number;
  /** Words that the models know. */
  readonly vocabulary: number;
  /** Words and sentence ends of each part. */
  readonly predictions: { readonly train: number; readonly validation: number; readonly test: number };
  /** Kneser-Ney's models of each order from 2 on, each by itself. */
  readonly nGrams: readonly ({ readonly order: number } & HeldOutPerplexity)[];
  /** What the model is made of; its weights were fitted to the validation part. */
  readonly components: LearnedLanguageModel['components'];
  /** Absent where there is one component. */
  readonly fusion?: HeldOutPerplexity;
  readonly settings: LanguageSettings & { readonly validation: number; readonly test: number };
  /** Of the run that ended it; one that was interrupted before does not count. */
  readonly seconds: number;
  readonly machine: object;
}

/** Kneser-Ney's models of every order from 2 up to a highest. @throws the signal's reason when it aborts */
export const evaluateNGrams = async (
  { vocabulary, train, validation, test }: SplitText,
  highest: number,
  signal: AbortSignal,
): Promise<LanguageReport['nGrams']> => {
  const measured = [];
  for (let order = 2; order <= highest; order++) {
    // Counting lets nothing else run.
    await nextTurn();
    signal.throwIfAborted();
    const model = NGramModel.train(train, { vocabulary, order });
    measured.push({ order, validation: perplexityOf(model, validation), test: perplexityOf(model, test) });
  }
  return measured;
};

const perplexityOf = (model: NGramModel, corpus: Corpus): number => {
  let sum = 0;
  for (const sentence of corpus.sentences()) for (const score of model.scoreSentence(sentence)) sum += score;
  return Math.exp(-sum / corpus.predictions);
};

/** The report for people. */
export const languageReportText = (report: LanguageReport): string => {
  const { files, lines, vocabulary, predictions, nGrams, components, fusion, settings, seconds, machine } = report;
  const row = (name: string, { validation, test }: HeldOutPerplexity, weight = ''): readonly string[] => [
    name,
    weight,
    validation.toFixed(3),
    test.toFixed(3),
  ];
  const rows = [
    ...nGrams.map((measured) => row(`Kneser-Ney of order ${measured.order}`, measured)),
    ...components.map((component) => row(component.name, component, component.weight.toFixed(4))),
    ...(fusion === undefined ? [] : [row('fusion', fusion)]),
  ];
  return `${files.map((file) => basename(file)).join(', ')}: ${unitsText(lines)} lines, a vocabulary of ${unitsText(vocabulary)} words.
Words and sentence ends: ${unitsText(predictions.train)} to learn from, ${unitsText(predictions.validation)} for validation, ${unitsText(predictions.test)} for the test.

${textTable(['perplexity', 'weight', 'validation', 'test'], rows, 1)}

Settings: ${JSON.stringify(settings)}
Machine: ${JSON.stringify(machine)}, ${Math.round(seconds)} s
`;
};
