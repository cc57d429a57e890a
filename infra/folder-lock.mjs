import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

/** Plain JavaScript because the bootstrap needs it before anything is built. See folder-lock.d.mts. */
export const takeLock = (file, cleaner) => {
  mkdirSync(dirname(file), { recursive: true });
  const mine = { ...describe(process.pid), host: hostname(), since: new Date().toISOString() };
  if (cleaner !== undefined) mine.cleaner = describe(cleaner);
  const candidate = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(candidate, `${JSON.stringify(mine)}\n`);
  try {
    for (;;) {
      if (linkIfFree(candidate, file)) return { ok: true, release: () => rmSync(file, { force: true }) };
      const seen = read(file);
      if (seen === undefined) continue; // released this moment
      const holder = parse(seen);
      const held = holder !== undefined && (holder.host !== hostname() || runs(holder));
      if (held) return { ok: false, holder, ending: false };
      if (holder?.cleaner !== undefined && runs(holder.cleaner)) return { ok: false, holder, ending: true };
      removeStale(file, seen);
    }
  } finally {
    rmSync(candidate, { force: true });
  }
};

const linkIfFree = (candidate, file) => {
  try {
    linkSync(candidate, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

// Two starts may find the same stale lock. Whoever moves it away looks at what was moved, and puts back what the other
// one has meanwhile taken.
const removeStale = (file, seen) => {
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== seen) linkIfFree(aside, file);
  rmSync(aside, { force: true });
};

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // cut off by a full disk or a loss of power
  }
};

const describe = (pid) => ({ pid, startedAt: startOf(pid) });

const runs = ({ pid, startedAt }) => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  // The same number may have been given to another process since.
  return startedAt === null || startOf(pid) === startedAt;
};

/** When a process started, in the kernel's ticks since boot; null where /proc does not tell. */
const startOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : Number(fields[19]);
  } catch {
    return null;
  }
};
