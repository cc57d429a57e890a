import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OnnxModel } from '@offerstream/onnx';

const VERSION = /^[1-9][0-9]*$/;
const CONFIG = 'config.pbtxt';
const UNFINISHED = '.unfinished-';
/** In a model's folder: the highest number that a removed version had. */
const HIGHEST_REMOVED = '.highest-removed-version';
/** Whoever lives writes more often to what he has not finished. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Renamed first, so that no reader finds a version with half of its files. */
export const removeFolder = async (path: string): Promise<void> => {
  const leaving = join(dirname(path), `${UNFINISHED}${randomUUID()}`);
  await rename(path, leaving);
  // Whoever writes there meanwhile may remove it, too: it is as old as the version was.
  await rm(leaving, { recursive: true, force: true });
};

/** Versions in a model's folder, oldest first; none where there is no folder. */
export const versionsOf = async (folder: string): Promise<readonly string[]> =>
  (existsSync(folder) ? await readdir(folder) : [])
    .filter((entry) => VERSION.test(entry))
    .sort((a, b) => Number(a) - Number(b));

/**
 * Deletes a version. Its number is not given again: whoever remembers something of it, as a service that has read it or an offer that
 * names it, would take the next one for it.
 */
export const removeVersionFolder = async (folder: string, version: string): Promise<void> => {
  await replaceFile(folder, HIGHEST_REMOVED, String(Math.max(Number(version), await highestRemoved(folder))));
  await removeFolder(join(folder, version));
};

/** The number after all that versions of these folders have, or had. */
export const nextVersion = async (...folders: readonly string[]): Promise<string> => {
  const taken = await Promise.all(
    folders.map(async (folder) => [await highestRemoved(folder), ...(await versionsOf(folder)).map(Number)]),
  );
  return String(Math.max(...taken.flat()) + 1);
};

const highestRemoved = async (folder: string): Promise<number> => {
  const file = join(folder, HIGHEST_REMOVED);
  return existsSync(file) ? Number(await readFile(file, 'utf8')) : 0;
};

/** A folder that becomes a version of a model: until it is renamed, no reader looks at it. */
export class UnfinishedVersion {
  readonly folder: string;
  #path: string;

  constructor(
    repository: string,
    readonly name: string,
  ) {
    this.folder = join(repository, name);
    this.#path = join(this.folder, `${UNFINISHED}${randomUUID()}`);
  }

  get path(): string {
    return this.#path;
  }

  /**
   * @param served what inference serves of it
   * @param beside further files by name
   */
  async write(
    served: { readonly graph: OnnxModel; readonly config: string } | undefined,
    beside: Readonly<Record<string, string | Uint8Array>> = {},
  ): Promise<void> {
    await mkdir(this.#path, { recursive: true });
    await removeAbandoned(this.folder, this.#path);
    await served?.graph.writeTo(join(this.#path, 'model.onnx'));
    for (const [file, content] of Object.entries(beside)) await writeFlushed(join(this.#path, file), content);
    if (served !== undefined) {
      // The configuration belongs to the name, not to the version.
      await replaceFile(this.folder, CONFIG, served.config);
    }
    await flush(this.#path);
  }

  /** Makes it a version. False where somebody else has that number: a folder with files is never replaced by a rename. */
  async rename(version: string): Promise<boolean> {
    const path = join(this.folder, version);
    try {
      await rename(this.#path, path);
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
    this.#path = path;
    await flush(this.folder);
    return true;
  }

  async remove(): Promise<void> {
    if (existsSync(this.#path)) await removeFolder(this.#path);
  }
}

/**
 * Removes from a model's folder what processes that were killed have left there unfinished. A writer that was only halted for so long finds
 * its folder gone and fails: it never brings a version with half of its files.
 *
 * @param latest has just been made there: the age of all others is told by the clock that it has its time from, which may be that of
 * another host
 */
const removeAbandoned = async (folder: string, latest: string): Promise<void> => {
  const { mtimeMs: nowMs } = await stat(latest);
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(UNFINISHED)) continue;
    const path = join(folder, entry);
    try {
      if (nowMs - (await newestWriteMs(path)) > ABANDONED_AFTER_MS) await removeFolder(path);
    } catch (error) {
      // Others have finished or removed it meanwhile, or it is not ours to remove: what is to be written is no worse for it.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }
};

const newestWriteMs = async (path: string): Promise<number> => {
  const own = await stat(path);
  const inside = own.isDirectory() ? await readdir(path) : [];
  const times = await Promise.all(inside.map(async (file) => (await stat(join(path, file))).mtimeMs));
  return Math.max(own.mtimeMs, ...times);
};

const isTaken = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
};

/** Puts a file in its place whole, over the last one. */
const replaceFile = async (folder: string, name: string, content: string): Promise<void> => {
  const unfinished = join(folder, `${UNFINISHED}${randomUUID()}`);
  try {
    await writeFlushed(unfinished, content);
    await rename(unfinished, join(folder, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
};

const writeFlushed = async (path: string, content: string | Uint8Array): Promise<void> => {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
};

/** Makes the names in a folder survive a loss of power. */
const flush = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
