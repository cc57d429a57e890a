import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRunError, whenThisProcessIsGone } from '@offerstream/infra';
import { runJest } from './jest-run.js';
import { startPartsServer, type PartsServer } from './parts-server.js';
import { NOTHING, sum, summaryLines, type TestCounts } from './test-report.js';

/** Runs one part of the tests; once the whole run has been interrupted there is nothing to count. */
export type RunJest = (config: string, args: readonly string[]) => Promise<TestCounts>;

/**
 * A run of one or more parts of the tests against the same real parts: prints what was skipped and why, ends with
 * `N passed, N failed, N skipped`, and sets the exit code. With `warmUp` the parts are started before the first test.
 */
export const testRun = async (
  { warmUp }: { readonly warmUp: boolean },
  tests: (jest: RunJest) => Promise<readonly TestCounts[]>,
): Promise<void> => {
  const stopping = new AbortController();
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      process.exitCode ??= exitCode;
      stopping.abort();
    });
  }
  const folder = await mkdtemp(join(tmpdir(), 'offerstream-reports-'));
  const forgetFolder = whenThisProcessIsGone({ kind: 'folder', path: folder });
  const parts = await startPartsServer((line) => process.stderr.write(`${line}\n`));
  const jest: RunJest = (config, args) =>
    stopping.signal.aborted
      ? Promise.resolve(NOTHING)
      : runJest({ config, args, env: parts.env, folder, stopping: stopping.signal });
  let total: TestCounts;
  try {
    total = !warmUp || (await warmedUp(parts)) ? sum(await tests(jest)) : { ...NOTHING, failed: 1 };
  } finally {
    await parts.stop();
    await rm(folder, { recursive: true, force: true });
    forgetFolder();
  }
  if (stopping.signal.aborted) return;
  process.exitCode = total.failed === 0 ? 0 : 1;
  for (const line of summaryLines(total)) process.stdout.write(`${line}\n`);
};

/** Without real parts no test would say more than why they are missing. */
const warmedUp = async (parts: PartsServer): Promise<boolean> => {
  try {
    await parts.warmUp();
    return true;
  } catch (error) {
    if (!(error instanceof LocalRunError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return false;
  }
};
