import type { CatalogItem, TenantId } from '@offerstream/contracts';
import { sentenceEncoderCard, sentenceEncoderFiles, trainSentenceEncoder } from '@offerstream/language';
import type { Command } from 'commander';
import { mergeItems } from '../events/item-facts.js';
import { readRecorded } from '../events/read-recorded.js';
import { tellWhatWasLeftOut } from '../events/tell-left-out.js';
import { lineFolders } from '../line/line-folders.js';
import { Line } from '../line/line.js';
import {
  command,
  eventsOption,
  learningRateOption,
  mappingOption,
  modelsOption,
  tenantOption,
} from '../line/program.js';
import type { ProgressBar } from '../line/progress-bar.js';
import { readCatalog } from '../line/read-topic.js';
import { TrainError } from './errors.js';
import { measureEncoders } from './measure-encoders.js';
import { sessionTitles } from './session-titles.js';
import { destinationOf, storedText, storeUntilServed } from './store-until-served.js';
import { tellUnknownTenant } from './tell-unknown-tenant.js';
import { withTrainingBar } from './training-bar.js';
import { inTrainingFolder } from './training-folder.js';

interface Options {
  readonly data: string;
  readonly events?: readonly string[];
  readonly mapping?: string;
  readonly catalog?: true;
  readonly tenant: TenantId;
  readonly learningRate: number;
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
    .option(...learningRateOption)
    .option(...modelsOption)
    .action((options: Options, program: Command) => {
      if (options.events === undefined && options.catalog === undefined) {
        program.error('error: give --events, --catalog or both');
      }
      return train(options, signal);
    });

const train = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { data, tenant, models, learningRate } = options;
  const line = new Line(data);
  // Told before a long training that nothing could take its outcome.
  const destination = await destinationOf(line, models);
  await withTrainingBar(signal, async (bar) => {
    await tellUnknownTenant(line, destination, tenant, { bar, signal });
    const texts = await readTexts(options, { line, signal, bar });
    const name = `${tenant}.encoder`;
    const training = {
      folder: lineFolders(data).training,
      name,
      content: [JSON.stringify([SEED, learningRate, texts.titles, texts.sessions])],
    };
    const { stored, card } = await inTrainingFolder(training, async (checkpoints) => {
      const trained = await trainSentenceEncoder({
        ...texts,
        seed: SEED,
        learningRate,
        checkpoints,
        now: () => performance.now(),
        signal,
        onResume: ({ step }) => bar.tell(`Going on with the training that was interrupted after ${step} steps.`),
        onProgress: ({ step, steps, pairsPerSecond, validation }) => {
          const position = `step ${step} of ${steps}`;
          if (validation !== undefined)
            bar.tell(`${position}: held-out titles found at 1/rank ${validation.toFixed(3)}`);
          bar.update(
            READING_SHARE + TRAINING_SHARE * (step / steps),
            `${position}: ${Math.round(pairsPerSecond)} pairs/s`,
          );
        },
      });
      if (!trained.complete) signal.throwIfAborted();
      const found = await measureEncoders(trained, {
        repository: destination.repository,
        signal,
        onNext: (asked) => bar.update(READING_SHARE + TRAINING_SHARE, `measuring: ${asked}`),
      });
      const metrics = { ...trained.metrics, found };
      const ofEncoder = sentenceEncoderCard(name, metrics);
      const contents = { ...sentenceEncoderFiles(trained), card: ofEncoder, metrics };
      bar.update(1, 'storing it');
      return { stored: await storeUntilServed(destination, name, contents, signal), card: ofEncoder };
    });
    bar.stop();
    process.stdout.write(storedText(stored, card, destination));
  });
};

interface Texts {
  readonly titles: readonly string[];
  readonly sessions: readonly (readonly string[])[];
}

const readTexts = async (
  { events: files, mapping, catalog, tenant }: Options,
  { line, signal, bar }: { readonly line: Line; readonly signal: AbortSignal; readonly bar: ProgressBar },
): Promise<Texts> => {
  const known = catalog
    ? await readCatalog(await line.kafka('train'), line.topic('catalog'), tenant, signal)
    : new Map<string, CatalogItem>();
  const history =
    files &&
    (await readRecorded({
      files,
      mapping,
      signal,
      onProgress: (share) => bar.update(READING_SHARE * share, 'reading'),
    }));
  if (history !== undefined) tellWhatWasLeftOut(history, (row) => bar.tell(row));
  // Events often name an item by its id alone.
  const items = history === undefined ? known : mergeItems(known, history.items);
  const titles = [...items.values()].flatMap(({ title }) => title ?? []);
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
    sessions: history === undefined ? [] : sessionTitles(history.events, items),
  };
};
