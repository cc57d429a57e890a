import { availableParallelism } from 'node:os';
import { testRun } from './test-run.js';

const args = process.argv.slice(2);

/** More than there are cores: most integration tests wait for a broker or a server. */
const workers = availableParallelism() + 1;
/** Each has a whole line of processes to itself, which keeps a core busy or waits for what is away. */
const linesAtOnce = 2;

/** A run of chosen files may need no real part at all. */
const warmUp = args.every((arg) => arg.startsWith('-'));

await testRun({ warmUp }, async (jest) => [
  await jest('jest.config.mjs', [`--maxWorkers=${workers}`, ...args]),
  await jest('e2e/jest.config.mjs', [`--maxWorkers=${linesAtOnce}`, ...args]),
]);
