import { constants } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { API_PARTS, benchApi, isApiPart } from './api.js';
import { benchCollect } from './collect.js';
import { benchFaults } from './faults.js';
import { benchLanguage, isLanguagePart, LANGUAGE_PARTS } from './language.js';
import { benchLatency } from './latency.js';
import { benchLine } from './line.js';
import { benchLive } from './live.js';
import { benchNewItem } from './new-item.js';
import { benchRebalance } from './rebalance.js';
import { closeRigs } from './rig.js';
import { benchSwap } from './swap.js';
import { benchTogether } from './together.js';
import { benchVision, isVisionPart, VISION_PARTS } from './vision.js';

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give a number of 1 or more');
  return value;
};

/** Reads the names of some parts of a measurement. */
const partsOf =
  <Part extends string>(all: readonly Part[], isPart: (name: string) => name is Part) =>
  (text: string): Part[] =>
    text.split(',').map((name) => {
      if (!isPart(name)) throw new InvalidArgumentError(`there are ${all.join(', ')}`);
      return name;
    });

const program = new Command('npm run bench --').description(
  'Measurements, printed as JSON lines with machine and settings.',
);

/** A measurement on a shop of this size. */
const onShop = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--items <n>', 'catalog size', count, 10_000)
    .option('--subjects <n>', 'shoppers', count, 20_000)
    .option('--dimensions <n>', 'of the iALS model', count, 64);

/** A measurement under an even load through the collector. */
const underLoad = (
  name: string,
  description: string,
  { seconds, of }: { readonly seconds: number; readonly of: string },
): Command =>
  onShop(name, description)
    .option('--rate <n>', 'events a second', count, 500)
    .option('--seconds <n>', of, count, seconds)
    .option('--warm-up-seconds <n>', 'of the same load before', count, 15);

const line = onShop('line', 'events/s of the whole line from a backlog')
  .option('--events <n>', 'backlog', count, 200_000)
  .option('--runs <n>', 'runs; the median is printed last', count, 3)
  .action(benchLine);

underLoad('latency', 'from the collector’s acceptance to the readable offer', { seconds: 60, of: 'how long' }).action(
  benchLatency,
);

onShop('live', 'the highest rate from Kafka that the line keeps up with, and the latency at 60 % of it')
  .option('--from <n>', 'events a second of the first step', count, 2_000)
  .option('--to <n>', 'no step is faster', count, 40_000)
  .option('--step-seconds <n>', 'of each step', count, 10)
  .option('--seconds <n>', 'at the maximum, and at 60 % of it', count, 30)
  .action(benchLive);

underLoad('rebalance', 'event to offer while a second personalizer joins and leaves', {
  seconds: 10,
  of: 'before, after it has joined, and after it has left',
}).action(benchRebalance);

underLoad('swap', 'event to offer while a model version is loaded and promoted', {
  seconds: 10,
  of: 'before, and after the promotion',
}).action(benchSwap);

underLoad('faults', 'event to offer while inference is dead, and when it is back', {
  seconds: 10,
  of: 'before, and after inference is back',
})
  .option('--away-seconds <n>', 'without inference', count, 30)
  .action(benchFaults);

program
  .command('collect')
  .description('what the collector takes, acknowledged by Kafka: single requests, an even rate, batches')
  .option('--connections <n>', 'kept alive, one request at a time on each', count, 64)
  .option('--rate <n>', 'requests a second of the even load', count, 1_000)
  .option('--batch <n>', 'events in a batch', count, 100)
  .option('--seconds <n>', 'of each', count, 10)
  .option('--warm-up-seconds <n>', 'of each before', count, 3)
  .action(benchCollect);

onShop(
  'api',
  'the public API: what a gateway serves, what admission costs, quotas, changes of the catalog, the back office',
)
  .option('--parts <names>', `some of ${API_PARTS.join(', ')}; separated by commas`, partsOf(API_PARTS, isApiPart), [
    ...API_PARTS,
  ])
  .option('--connections <n>', 'kept alive, one request at a time on each', count, 32)
  .option('--seconds <n>', 'of each load', count, 10)
  .option('--warm-up-seconds <n>', 'of each load before', count, 5)
  .action(benchApi);

program
  .command('together')
  .description('how often a model foretells an order from one of its items')
  .option('--shops <n>', 'generated shops', count, 4)
  .action(benchTogether);

program
  .command('language')
  .description('language models: n-grams, a training step beside PyTorch, the next word, suggestions')
  .option(
    '--parts <names>',
    `some of ${LANGUAGE_PARTS.join(', ')}; separated by commas`,
    partsOf(LANGUAGE_PARTS, isLanguagePart),
    [...LANGUAGE_PARTS],
  )
  .action(benchLanguage);

program
  .command('vision')
  .description(
    'image models: photos through the API, a training step beside PyTorch, a network from nothing on the generated shop’s pictures',
  )
  .option(
    '--parts <names>',
    `some of ${VISION_PARTS.join(', ')}; separated by commas`,
    partsOf(VISION_PARTS, isVisionPart),
    [...VISION_PARTS],
  )
  .action(benchVision);

program
  .command('new-item')
  .description(
    'from the back office’s answer to the first offer with a new item of the generated shop, one after the other',
  )
  .option('--items <n>', 'new items', count, 20)
  .option('--rate <n>', 'events a second of its shoppers', count, 50)
  .action(benchNewItem);

const measurements = [...program.commands];
program
  .command('all')
  .description('all of these with their defaults, and the line with a catalog of 100,000 items')
  .action(async () => {
    for (const measurement of measurements) {
      await measurement.parseAsync([], { from: 'user' });
      if (measurement === line) await line.parseAsync(['--items', '100000'], { from: 'user' });
    }
  });

/** An interrupted measurement leaves nothing running; one Ctrl-C can arrive more than once, and only the first counts. */
const interrupted = new Promise<number>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve(128 + constants.signals[signal]));
});

try {
  process.exitCode = await Promise.race([program.parseAsync().then(() => 0), interrupted]);
} finally {
  await closeRigs();
}
process.exit();
