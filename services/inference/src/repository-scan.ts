import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseVersions, ModelConfigError, readVersionPolicy, VERSION } from './version-policy.js';

/** A version on disk that should be served. */
export interface VersionOnDisk {
  readonly model: string;
  readonly version: string;
  readonly path: string;
  /** Changes when another file takes the place of this one. */
  readonly signature: string;
}

export interface RepositoryScan {
  readonly versions: readonly VersionOnDisk[];
  /** Models whose configuration can't be followed, with the reason; what is served of them stays as it is. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/**
 * Reads Triton's model repository layout: `<folder>/<model>/config.pbtxt` (may be absent) and `<folder>/<model>/<version>/model.onnx`.
 * A folder that does not exist holds no models. Names that start with a dot are skipped: versions are written there and renamed.
 */
export const scanRepository = async (folder: string): Promise<RepositoryScan> => {
  const versions: VersionOnDisk[] = [];
  const unreadable = new Map<string, string>();
  for (const model of await subfolders(folder)) {
    try {
      const config = await ifPresent(readFile(join(folder, model, 'config.pbtxt'), 'utf8'));
      const policy = readVersionPolicy(config ?? '');
      const names = (await subfolders(join(folder, model))).filter((name) => VERSION.test(name));
      const found = await Promise.all(names.map((version) => versionOnDisk(folder, model, version)));
      const complete = found.filter((version) => version !== undefined);
      const chosen = new Set(
        chooseVersions(
          policy,
          complete.map(({ version }) => version),
        ),
      );
      versions.push(...complete.filter(({ version }) => chosen.has(version)));
    } catch (error) {
      if (!(error instanceof ModelConfigError)) throw error;
      unreadable.set(model, `config.pbtxt: ${error.message}`);
    }
  }
  return { versions, unreadable };
};

const versionOnDisk = async (folder: string, model: string, version: string): Promise<VersionOnDisk | undefined> => {
  const path = join(folder, model, version, 'model.onnx');
  const file = await ifPresent(stat(path));
  if (file === undefined) return undefined;
  return { model, version, path, signature: `${file.ino}:${file.size}:${file.mtimeMs}` };
};

const subfolders = async (folder: string): Promise<string[]> => {
  const entries = (await ifPresent(readdir(folder, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
};

const GONE = new Set(['ENOENT', 'ENOTDIR']);

/** Folders come and go between two looks at them. */
const ifPresent = async <Value>(read: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await read;
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
};
