import { PIXEL_NORMALISATIONS, type PixelNormalisationName } from '@offerstream/vision';
import { InvalidArgumentError, Option } from 'commander';
import { Line } from './line/line.js';
import { command, jsonOption, print, runProgram } from './line/program.js';
import { progressBar } from './line/progress-bar.js';
import { addKnownModel, addModelFile } from './models/add-model.js';
import { KNOWN_MODELS } from './models/known-models.js';
import { addedText, versionsText } from './models/model-text.js';
import { readCard, readVersions } from './models/read-models.js';
import { removeModels } from './models/remove-model.js';

interface AddArguments {
  readonly file?: string;
  readonly normalisation?: PixelNormalisationName;
  readonly cutAt?: string;
}

interface Options {
  readonly data: string;
  readonly models?: string;
  readonly json: boolean;
}

const program = command(
  'models',
  'Adds models that were trained elsewhere; lists, shows and removes those in the repository.',
)
  .option('--models <dir>', 'the model repository (default: that of the line)')
  .option(...jsonOption)
  .addHelpText(
    'after',
    `
Known models: ${Object.keys(KNOWN_MODELS).join(', ')}

Examples:
  npm run models -- add all-minilm-l6-v2
  npm run models -- add efficientnet-lite0
  npm run models -- add --file classifier.onnx
  npm run models -- add colours --file classifier.onnx
  npm run models -- add resnet18 --file resnet18.onnx --normalisation imagenet
  npm run models -- list
  npm run models -- card all-minilm-l6-v2
  npm run models -- remove colours 1`,
  );

const repositoryOf = ({ data, models }: Options): string => models ?? new Line(data).repository;

await runProgram(async (signal) => {
  program
    .command('add')
    .argument('[name]', 'a known model; with --file, the name that the model gets (default: that of the file)')
    .option('--file <path>', 'an ONNX file')
    .addOption(
      new Option(
        '--normalisation <name>',
        'the file is a network for photos, which become this: it is added as an image backbone',
      ).choices(Object.keys(PIXEL_NORMALISATIONS)),
    )
    .option('--cut-at <value>', 'the value of the graph that is the embedding (default: what goes into its last layer)')
    .description('makes a model from elsewhere the next version of its name')
    .action(async (name: string | undefined, { file, normalisation, cutAt }: AddArguments) => {
      const options = program.opts<Options>();
      const bar = progressBar();
      try {
        const onProgress = (share: number, note: string) => bar.update(share, note);
        const how = { repository: repositoryOf(options), now: new Date(), signal, onProgress };
        if (name === undefined && file === undefined) {
          throw new InvalidArgumentError('Name a known model, or a file with --file.');
        }
        if ((normalisation ?? cutAt) !== undefined && (file === undefined || normalisation === undefined)) {
          throw new InvalidArgumentError('A network for photos needs both --file and --normalisation.');
        }
        const photos = normalisation && {
          normalisation: PIXEL_NORMALISATIONS[normalisation],
          ...(cutAt !== undefined && { cutAt }),
        };
        const added =
          file === undefined
            ? await addKnownModel(name ?? '', how)
            : await addModelFile(file, name, { ...how, ...(photos && { photos }) });
        bar.stop();
        print(options.json, added, addedText(added));
      } finally {
        bar.stop();
      }
    });

  program
    .command('list')
    .description('the models in the repository, their versions, and what made them')
    .action(async () => {
      const options = program.opts<Options>();
      const versions = await readVersions(repositoryOf(options));
      print(options.json, { versions }, versionsText(versions));
    });

  program
    .command('card')
    .argument('<name>', 'a model')
    .argument('[version]', 'default: the newest')
    .description('what a model is, and where it is from')
    .action(async (name: string, version: string | undefined) => {
      const options = program.opts<Options>();
      const card = await readCard(repositoryOf(options), name, version);
      print(options.json, card, card.card.trimEnd());
    });

  program
    .command('remove')
    .argument('<name>', 'a model')
    .argument('[version]', 'default: all')
    .option('--force', 'also what is promoted', false)
    .description('removes versions of a model; what is promoted stays')
    .action(async (name: string, version: string | undefined, { force }: { readonly force: boolean }) => {
      const options = program.opts<Options>();
      const repository = repositoryOf(options);
      const control = () => new Line(options.data).control();
      const removed = await removeModels({ repository, name, version, force, control });
      print(options.json, { name, removed }, `Removed of ${name}: version ${removed.join(', ')}.`);
    });

  await program.parseAsync();
  return 0;
});
