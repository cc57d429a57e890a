import { Command, InvalidArgumentError } from 'commander';
import { benchLine } from './line.js';

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give a number of 1 or more');
  return value;
};

const program = new Command('npm run bench --').description(
  'Measurements, printed as JSON lines with machine and settings.',
);

program
  .command('line')
  .description('events/s of the whole line from a backlog')
  .option('--items <n>', 'catalog size', count, 10_000)
  .option('--events <n>', 'backlog', count, 200_000)
  .option('--subjects <n>', 'shoppers', count, 20_000)
  .option('--dimensions <n>', 'of the iALS model', count, 64)
  .option('--runs <n>', 'runs; the median is printed last', count, 3)
  .action(benchLine);

await program.parseAsync();
