import { availableParallelism } from 'node:os';
import { testRun } from './test-run.js';

const args = process.argv.slice(2);

/** Three at least: most integration tests wait for a broker or a server. */
const workers = Math.max(3, availableParallelism() - 1);

/** A run of chosen files may need no real part at all. */
const warmUp = args.every((arg) => arg.startsWith('-'));

await testRun({ warmUp }, async (jest) => [
  await jest('jest.config.mjs', [`--maxWorkers=${workers}`, ...args]),
  // Promises are tested on whole lines of processes, which would stand in each other's way.
  await jest('e2e/jest.config.mjs', ['--runInBand', ...args]),
]);
