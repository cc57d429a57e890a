import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '../folder-lock.mjs';
import { LocalRunError } from './errors.js';
import { reaperPid } from './reaper.js';
import type { Log } from './surroundings.js';
import { waitUntil } from './waiting.js';

/** Kafka alone sets 128 MB segments aside, and a disk that fills up while it writes ends it. */
export const LEAST_FREE_BYTES = 1024 ** 3;

/** Above the time that a killed run's services and stores get to end. */
const CLEANING_TIMEOUT_MS = 90_000;

/**
 * Makes the data folder where it is missing, and keeps everybody else out of it until released or until this process is
 * gone.
 *
 * @throws LocalRunError `folder-in-use` with who holds it, or `disk-full`.
 */
export const claimDataFolder = async (
  dataDir: string,
  log: Log,
  leastFreeBytes: number = LEAST_FREE_BYTES,
): Promise<{ readonly release: () => void }> => {
  await mkdir(dataDir, { recursive: true });
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  if (free < leastFreeBytes) {
    throw new LocalRunError(
      'disk-full',
      `Only ${megabytes(free)} MB are free where ${dataDir} lies, and ${megabytes(leastFreeBytes)} MB are needed. ` +
        'Free some space, or choose another place with --data DIR.',
    );
  }
  const file = join(dataDir, 'lock');
  let lock = takeLock(file, reaperPid());
  if (!lock.ok && lock.ending) {
    log(`the last run on ${dataDir} was killed; waiting until its parts have ended`);
    await waitUntil(() => (lock = takeLock(file, reaperPid())).ok || !lock.ending, { timeoutMs: CLEANING_TIMEOUT_MS });
  }
  if (lock.ok) return lock;
  const { pid, host, since } = lock.holder;
  throw new LocalRunError(
    'folder-in-use',
    `The data folder ${dataDir} is in use by process ${pid} on ${host} since ${since}. ` +
      `Stop that one, or start on another folder with --data DIR and other ports with --port-base N. ` +
      `(If you know that it is gone, delete ${file}.)`,
  );
};

const megabytes = (bytes: number): number => Math.floor(bytes / 1_000_000);
