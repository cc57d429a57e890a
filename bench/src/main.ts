import { constants } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { benchLatency } from './latency.js';
import { benchLine } from './line.js';
import { closeRigs } from './rig.js';

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give a number of 1 or more');
  return value;
};

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

onShop('line', 'events/s of the whole line from a backlog')
  .option('--events <n>', 'backlog', count, 200_000)
  .option('--runs <n>', 'runs; the median is printed last', count, 3)
  .action(benchLine);

onShop('latency', 'from the collector’s acceptance to the readable offer, at a steady rate')
  .option('--rate <n>', 'events a second', count, 500)
  .option('--seconds <n>', 'how long', count, 60)
  .option('--warm-up-seconds <n>', 'of the same load before', count, 15)
  .action(benchLatency);

/** An interrupted measurement leaves nothing running. */
const interrupted = new Promise<number>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => resolve(128 + constants.signals[signal]));
});

try {
  process.exitCode = await Promise.race([program.parseAsync().then(() => 0), interrupted]);
} finally {
  await closeRigs();
}
process.exit();
