import type { TenantId } from '@offerstream/contracts';
import { sentenceEncoderCard, sentenceEncoderFiles, trainSentenceEncoder } from '@offerstream/language';
import type { Command } from 'commander';
import { loadMapping } from '../events/mapping.js';
import { readHistory } from '../events/read-history.js';
import { tellWhatWasLeftOut } from '../events/tell-left-out.js';
import { TrainingFolder } from '../language/training-folder.js';
import { lineFolders } from '../line/line-folders.js';
import { Line } from '../line/line.js';
import { command, eventsOption, mappingOption, tenantOption } from '../line/program.js';
import { progressBar } from '../line/progress-bar.js';
import { readCatalog } from '../line/read-topic.js';
import { TrainError } from './errors.js';
import { measureEncoders } from './measure-encoders.js';
import { sessionTitles } from './session-titles.js';
import { storeUntilServed } from './store-until-served.js';

interface Options {
  readonly data: string;
  readonly events?: readonly string[];
  readonly mapping?: string;
  readonly catalog?: true;
  readonly tenant: TenantId;
  readonly models?: string;
}

/** Equal titles and sessions give equal encoders. */
const SEED = 1;
const READING_SHARE = 0.1;
const TRAINING_SHARE = 0.8;

/** `train encoder`: from titles and sessions to a version that serves. */
export const encoderCommand = (signal: AbortSignal): Command =>
  command('encoder', 'Trains a sentence encoder on the shop’s titles and sessions and brings it to serve.')
    .option(...eventsOption)
    .option(...mappingOption)
    .option('--catalog', 'the titles of the tenant’s items; sessions come from --events alone')
    .option(...tenantOption)
    .option('--models <dir>', 'write the version there and touch nothing else')
    .action((options: Options, program: Command) => {
      if (options.events === undefined && options.catalog === undefined) {
        program.error('error: give --events, --catalog or both');
      }
      return train(options, signal);
    });

const train = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { data, tenant, models } = options;
  const line = new Line(data);
  // Told before a long training that nothing could take its outcome.
  const repository = models ?? (await line.modelsDir());
  const inference = models === undefined ? await line.inferenceAddress() : undefined;
  const bar = progressBar();
  try {
    const onRead = (share: number) => bar.update(READING_SHARE * share, 'reading');
    const texts = await readTexts(options, { line, signal, onRead });
    const name = `${tenant}.encoder`;
    const folder = TrainingFolder.open(lineFolders(data).training, name, [
      JSON.stringify([SEED, texts.titles, texts.sessions]),
    ]);
    try {
      const trained = await trainSentenceEncoder({
        ...texts,
        seed: SEED,
        checkpoints: folder.path,
        now: () => performance.now(),
        signal,
        onResume: ({ step }) => bar.tell(`Going on with the training that was interrupted after ${step} steps.`),
        onProgress: ({ step, steps, pairsPerSecond, validation }) => {
          const note = `step ${step} of ${steps}: ${Math.round(pairsPerSecond)} pairs/s`;
          if (validation !== undefined)
            bar.tell(`step ${step} of ${steps}: held-out titles found at 1/rank ${validation.toFixed(3)}`);
          bar.update(READING_SHARE + TRAINING_SHARE * (step / steps), note);
        },
      });
      if (!trained.complete) signal.throwIfAborted();
      const found = await measureEncoders(trained, {
        repository,
        signal,
        onNext: (asked) => bar.update(READING_SHARE + TRAINING_SHARE, `measuring: ${asked}`),
      });
      const { served, beside } = sentenceEncoderFiles(trained);
      const metrics = { ...trained.metrics, found };
      const card = sentenceEncoderCard(name, metrics);
      bar.update(1, 'storing it');
      const stored = await storeUntilServed(
        repository,
        name,
        { served, beside: { ...beside, 'card.md': card, 'metrics.json': `${JSON.stringify(metrics, null, 2)}\n` } },
        { inference, signal },
      );
      await folder.remove();
      bar.stop();
      process.stdout.write(`${card}\n`);
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

interface Texts {
  readonly titles: readonly string[];
  readonly sessions: readonly (readonly string[])[];
}

const readTexts = async (
  { events: files, mapping, catalog, tenant }: Options,
  {
    line,
    signal,
    onRead,
  }: { readonly line: Line; readonly signal: AbortSignal; readonly onRead: (share: number) => void },
): Promise<Texts> => {
  const known =
    catalog === undefined
      ? []
      : (await readCatalog(await line.kafka('train'), line.topic('catalog'), tenant, signal)).values();
  const history =
    files === undefined
      ? undefined
      : await readHistory({
          files,
          mapping: mapping === undefined ? undefined : await loadMapping(mapping),
          signal,
          onProgress: onRead,
        });
  if (history !== undefined) tellWhatWasLeftOut(history);
  const titles = [...known, ...(history?.items.values() ?? [])].flatMap(({ title }) => title ?? []);
  if (titles.length === 0) {
    throw new TrainError(
      'no-titles',
      false,
      `No item of ${tenant} has a title to learn from. Give the items of the catalog titles, or events with product names.`,
    );
  }
  return {
    // In an order of their own: the catalog comes in that of its partitions.
    titles: [...new Set(titles)].sort(),
    sessions: history === undefined ? [] : sessionTitles(history.events, history.items),
  };
};
