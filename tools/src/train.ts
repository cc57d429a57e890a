import { FAMILY_NAMES, type FamilyName } from '@offerstream/learning';
import { Option, type Command } from 'commander';
import type { TenantId } from '@offerstream/contracts';
import { readRecorded } from './events/read-recorded.js';
import { tellWhatWasLeftOut } from './events/tell-left-out.js';
import { Line } from './line/line.js';
import {
  command,
  eventsOption,
  mappingOption,
  modelsOption,
  runProgram,
  tenantOption,
  trainFractionOption,
} from './line/program.js';
import { progressBar } from './line/progress-bar.js';
import { encoderCommand } from './train/encoder-command.js';
import { languageCommand } from './train/language-command.js';
import { trainAndPromote, trainOffline } from './train/train-tenant.js';
import { visionCommand } from './train/vision-command.js';

interface Options {
  readonly data: string;
  readonly events?: readonly string[];
  readonly mapping?: string;
  readonly tenant: TenantId;
  readonly trainFraction: number;
  readonly family: FamilyName;
  readonly models?: string;
}

const READING_SHARE = 0.2;

const program: Command = command(
  'train',
  'Trains a model on a shop’s recorded events and brings it to serve; or one of the kinds below.',
)
  .option(...eventsOption)
  .option(...mappingOption)
  .option(...tenantOption)
  .option(...trainFractionOption(1))
  .addOption(new Option('--family <name>', 'kind of model').choices(FAMILY_NAMES).default('behaviour'))
  .option(...modelsOption)
  .enablePositionalOptions()
  .hook('preSubcommand', (_, kind) => {
    // What stands before the kind of model is meant for it, too.
    for (const option of program.options) {
      const name = option.attributeName();
      if (program.getOptionValueSource(name) !== 'cli') continue;
      if (!kind.options.some((known) => known.attributeName() === name)) {
        program.error(`error: '${option.flags}' is not for ${kind.name()}`);
      }
      kind.setOptionValueWithSource(name, program.getOptionValue(name), 'cli');
    }
  });

const trainOnEvents = async (options: Options, signal: AbortSignal): Promise<void> => {
  const { data, events: files, mapping, tenant, trainFraction, family, models } = options;
  // Not required of the program, whose other kinds of models have no events.
  if (files === undefined) program.error("error: required option '--events <file...>' not specified");
  const line = new Line(data);
  // Told before a long training that nothing could take its outcome.
  if (models === undefined) await line.control();
  const bar = progressBar();
  try {
    const history = await readRecorded({
      files,
      mapping,
      signal,
      onProgress: (share) => bar.update(READING_SHARE * share, 'reading'),
    });
    const training = {
      tenant,
      family,
      history,
      fraction: trainFraction,
      repository: line.repository,
      signal,
      onProgress: (share: number, note: string) => bar.update(READING_SHARE + (1 - READING_SHARE) * share, note),
    };
    const [trained, stored] =
      models === undefined ? await trainAndPromote(line, training) : await trainOffline(models, training);
    bar.stop();
    tellWhatWasLeftOut(history);
    process.stdout.write(`${trained.card}\n`);
    process.stdout.write(
      models === undefined
        ? `Version ${stored.version} of ${stored.name} is promoted and serves (${stored.path}).\n`
        : `Version ${stored.version} of ${stored.name} is in ${stored.path}. It is not promoted.\n`,
    );
    process.stdout.write(`What explains it is in ${stored.explanationPath}.\n`);
  } finally {
    bar.stop();
  }
};

await runProgram(async (signal) => {
  program
    .addCommand(languageCommand(signal))
    .addCommand(encoderCommand(signal))
    .addCommand(visionCommand(signal))
    .action((options: Options) => trainOnEvents(options, signal));
  await program.parseAsync();
  return 0;
});
