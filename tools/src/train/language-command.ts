import type { TenantId } from '@offerstream/contracts';
import { readWords, splitText, TOKENIZERS, type Tokenizer, type WordLines } from '@offerstream/language';
import type { Command } from 'commander';
import {
  settingsOf,
  SMALL,
  tokenizerOf,
  withLanguageOptions,
  type LanguageOptions,
} from '../language/language-options.js';
import { catalogLines, readTextFiles } from '../language/read-text.js';
import { trainOnText } from '../language/train-on-text.js';
import { Line } from '../line/line.js';
import { command, modelsOption, tenantOption } from '../line/program.js';
import { readCatalog } from '../line/read-topic.js';
import { TrainError } from './errors.js';
import { languageModelName, storeLanguageModel } from './store-language-model.js';
import { destinationOf, storedText } from './store-until-served.js';
import { tellUnknownTenant } from './tell-unknown-tenant.js';
import { withTrainingBar } from './training-bar.js';

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
    command('language', 'Trains a language model on a text, the shop’s catalog or both, and brings it to serve.')
      .option('--text <file...>', 'plain text, one sentence on a line; .gz too')
      .option('--catalog', 'titles and descriptions of the tenant’s items; beside a text, their single words alone')
      .option(...tenantOption)
      .option(...modelsOption),
    SMALL,
  ).action((options: Options, program: Command) => {
    const { text, catalog, kind } = options;
    if (text === undefined && catalog === undefined) program.error('error: give --text, --catalog or both');
    if (text !== undefined && catalog !== undefined && kind !== 'fused') {
      program.error(`error: --text and --catalog together make a model of kind fused, not ${kind}; give one of them`);
    }
    return train(options, signal);
  });

const train = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { data, text: files, catalog, tenant, models, threads } = options;
  const line = new Line(data);
  // Told before a long training that nothing could take its outcome.
  const destination = await destinationOf(line, models);
  const tokenizer = tokenizerOf(options, catalog === undefined ? 'text' : 'catalog');
  await withTrainingBar(signal, async (bar) => {
    await tellUnknownTenant(line, destination, tenant, { bar, signal });
    bar.update(0, 'reading');
    const tokenize = TOKENIZERS[tokenizer];
    const texts = [
      ...(files === undefined ? [] : [await readTextFiles(files, tokenize, signal)]),
      ...(catalog === undefined ? [] : [await readTitles(line, tenant, tokenize, signal)]),
    ];
    const [text, shop] = texts as [WordLines, WordLines?];
    const split = splitText(text, { vocabularySize: options.vocabulary, ...(shop !== undefined && { shop }) });
    const settings = settingsOf(options, tokenizer, split.train.predictions);
    const name = languageModelName(tenant);
    const { stored, card } = await trainOnText(
      { data, name, texts, split, settings, threads, bar, signal },
      (learned) => {
        bar.update(1, 'storing it');
        return storeLanguageModel(learned, { destination, tenant, split, settings, signal });
      },
    );
    bar.stop();
    process.stdout.write(storedText(stored, card, destination));
  });
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
    `The catalog of ${tenant} has no titles to learn from. Give its items titles, or a text alone with --text.`,
  );
};
