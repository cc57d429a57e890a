import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil, whenThisProcessIsGone } from '@offerstream/infra';
import { countTests, NOTHING, type JestReport, type TestCounts } from './test-report.js';

/** The checkout that these tests belong to. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface JestRun {
  /** Relative to the checkout. */
  readonly config: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A folder for Jest's report. */
  readonly folder: string;
  /** Aborted: Jest and everything that its tests started in its process group is ended. */
  readonly stopping: AbortSignal;
}

/** How long Jest may take to end once it has reported; above it, a test has left something open. */
const END_TIMEOUT_MS = 30_000;

/** Runs Jest in a process group of its own and counts what it reports; its output goes to the terminal. */
export const runJest = async ({ config, args, env, folder, stopping }: JestRun): Promise<TestCounts> => {
  const reportFile = join(folder, `${randomUUID()}.json`);
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const child = spawn(
    process.execPath,
    [
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, '--config', join(ROOT, config)],
      ...['--passWithNoTests', '--json', '--outputFile', reportFile, ...args],
    ],
    // Jest writes its report to stdout, too; what is meant for people goes to stderr.
    { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'], detached: true },
  );
  const { pid } = child;
  if (pid === undefined) throw new Error('Jest could not be started.');
  const forget = whenThisProcessIsGone({ kind: 'process', pid, group: true, signal: 'SIGTERM', graceMs: 5_000 });
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      ended = true;
      resolve();
    });
  });
  const end = () => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  };
  stopping.addEventListener('abort', end, { once: true });
  await Promise.race([exited, waitUntil(() => ended || existsSync(reportFile), { timeoutMs: Infinity, everyMs: 500 })]);
  const ends = await waitUntil(() => ended, { timeoutMs: END_TIMEOUT_MS, everyMs: 100 });
  // Also what a test has left in the group.
  end();
  await exited;
  forget();
  stopping.removeEventListener('abort', end);
  if (stopping.aborted) return NOTHING;

  const report = await readFile(reportFile, 'utf8').catch(() => undefined);
  if (report === undefined) {
    process.stderr.write(`Jest ended without a report (${config}).\n`);
    return { ...NOTHING, failed: 1 };
  }
  const counts = countTests(JSON.parse(report) as JestReport);
  if (ends) return counts;
  process.stderr.write(
    `Jest had reported and did not end within ${END_TIMEOUT_MS / 1000} s: a test leaves something open (${config}).\n`,
  );
  return { ...counts, failed: counts.failed + 1 };
};
