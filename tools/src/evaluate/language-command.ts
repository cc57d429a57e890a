import { writeFile } from 'node:fs/promises';
import { splitText, TOKENIZERS } from '@offerstream/language';
import { machineFacts } from '@offerstream/infra';
import { InvalidArgumentError, type Command } from 'commander';
import {
  REFERENCE,
  settingsOf,
  tokenizerOf,
  withLanguageOptions,
  type LanguageOptions,
} from '../language/language-options.js';
import { readTextFiles } from '../language/read-text.js';
import { trainOnText } from '../language/train-on-text.js';
import { command } from '../line/program.js';
import { withTrainingBar } from '../train/training-bar.js';
import { evaluateNGrams, languageReportText, type LanguageReport } from './language-report.js';

interface Options extends LanguageOptions {
  readonly data: string;
  readonly text: readonly string[];
  readonly validation: number;
  readonly test: number;
  readonly json?: string;
}

const digit = (value: string): number => {
  if (/^[0-9]$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Give a number from 0 to 9.');
};

/** `evaluate language`: what a model of a text scores on the part of it that it has not seen. */
export const languageCommand = (signal: AbortSignal): Command =>
  withLanguageOptions(
    command(
      'language',
      'Learns a language model from a part of a text, tunes it on another, and measures it on a third.',
    )
      .requiredOption('--text <file...>', 'plain text, one sentence on a line; .gz too')
      .option('--validation <digit>', 'lines whose index from 0 is this modulo 10 are to choose on', digit, 8)
      .option('--test <digit>', 'those for the test, which is looked at once', digit, 9)
      .option('--json <file>', 'write the report there, too'),
    REFERENCE,
  ).action((options: Options) => evaluate(options, signal));

const evaluate = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { data, text: files, validation, test, threads, json } = options;
  const tokenizer = tokenizerOf(options, 'text');
  const began = performance.now();
  await withTrainingBar(signal, async (bar) => {
    bar.update(0, 'reading');
    const text = await readTextFiles(files, TOKENIZERS[tokenizer], signal);
    const split = splitText(text, { vocabularySize: options.vocabulary, validation, test });
    const settings = { ...settingsOf(options, tokenizer, split.train.predictions), validation, test };
    await trainOnText(
      { data, name: 'evaluation', texts: [text], split, settings, threads, bar, signal },
      async ({ components, fusion }) => {
        const hasNGrams = settings.kind === 'ngram' || settings.kind === 'fused';
        const report: LanguageReport = {
          files,
          lines: text.starts.length - 1,
          vocabulary: split.vocabulary.size,
          predictions: {
            train: split.train.predictions,
            validation: split.validation.predictions,
            test: split.test.predictions,
          },
          nGrams: hasNGrams ? await evaluateNGrams(split, settings.order, signal) : [],
          components,
          ...(fusion !== undefined && { fusion }),
          settings,
          seconds: (performance.now() - began) / 1_000,
          machine: machineFacts(),
        };
        bar.stop();
        process.stdout.write(languageReportText(report));
        if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
      },
    );
  });
};
