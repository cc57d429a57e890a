import type { TenantId } from '@offerstream/contracts';
import { readWords, splitText, TOKENIZERS, type Tokenizer, type WordLines } from '@offerstream/language';
import { Option, type Command } from 'commander';
import {
  settingsOf,
  SMALL,
  tokenizerOf,
  withLanguageOptions,
  type LanguageOptions,
} from '../language/language-options.js';
import { learnLanguageModel } from '../language/learn-language-model.js';
import { catalogLines, readTextFiles } from '../language/read-text.js';
import { showProgress } from '../language/show-progress.js';
import { languageModelName, storeLanguageModel } from '../language/store-language-model.js';
import { TrainingFolder } from '../language/training-folder.js';
import { lineFolders } from '../line/line-folders.js';
import { Line } from '../line/line.js';
import { command, tenantOption } from '../line/program.js';
import { progressBar } from '../line/progress-bar.js';
import { readCatalog } from '../line/read-topic.js';
import { TrainError } from './errors.js';

interface Options extends LanguageOptions {
  readonly data: string;
  readonly text?: readonly string[];
  readonly catalog?: true;
  readonly tenant: TenantId;
  readonly models?: string;
}

/** `train language`: from a text to a version that serves. */
export const languageCommand = (signal: AbortSignal): Command =>
  withLanguageOptions(
    command('language', 'Trains a language model on a text or on the shop’s catalog and brings it to serve.')
      .option('--text <file...>', 'plain text, one sentence on a line; .gz too')
      .addOption(new Option('--catalog', 'titles and descriptions of the tenant’s items').conflicts('text'))
      .option(...tenantOption)
      .option('--models <dir>', 'write the version there and touch nothing else'),
    SMALL,
  ).action((options: Options, program: Command) => {
    if (options.text === undefined && options.catalog === undefined) program.error('error: give --text or --catalog');
    return train(options, signal);
  });

const train = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { data, text: files, tenant, models, threads } = options;
  const line = new Line(data);
  // Told before a long training that nothing could take its outcome.
  const repository = models ?? (await line.modelsDir());
  const inference = models === undefined ? await line.inferenceAddress() : undefined;
  const tokenizer = tokenizerOf(options, files === undefined ? 'catalog' : 'text');
  const bar = progressBar();
  try {
    bar.update(0, 'reading');
    const text =
      files === undefined
        ? await readTitles(line, tenant, TOKENIZERS[tokenizer], signal)
        : await readTextFiles(files, TOKENIZERS[tokenizer], signal);
    const split = splitText(text, { vocabularySize: options.vocabulary });
    const settings = settingsOf(options, tokenizer, split.train.predictions);
    const name = languageModelName(tenant);
    const folder = TrainingFolder.open(lineFolders(data).training, name, [
      JSON.stringify(settings),
      JSON.stringify(text.words),
      text.tokens,
      text.starts,
    ]);
    try {
      const learned = await learnLanguageModel({
        split,
        settings,
        checkpoints: folder.path,
        threads,
        now: () => performance.now(),
        signal,
        ...showProgress(bar),
      });
      bar.update(1, 'storing it');
      const stored = await storeLanguageModel(learned, { repository, tenant, split, settings, inference, signal });
      await folder.remove();
      bar.stop();
      process.stdout.write(`${stored.card}\n`);
      process.stdout.write(
        `Version ${stored.version} of ${name} is in ${stored.path}${inference === undefined ? '' : ' and serves'}.\n`,
      );
    } finally {
      folder.release();
    }
  } finally {
    bar.stop();
    if (signal.aborted) process.stderr.write('Interrupted. The same command goes on from here.\n');
  }
};

const readTitles = async (
  line: Line,
  tenant: TenantId,
  tokenize: Tokenizer,
  signal: AbortSignal,
): Promise<WordLines> => {
  const catalog = await readCatalog(await line.kafka('train'), line.topic('catalog'), tenant, signal);
  const lines = catalogLines(catalog.values());
  if (lines.length > 0) return readWords(lines, tokenize);
  throw new TrainError(
    'no-titles',
    false,
    `The catalog of ${tenant} has no titles to learn from. Give its items titles, or a text with --text.`,
  );
};
