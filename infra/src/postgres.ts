import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lastLines, startChild, type Child } from './child.js';
import { hasCode, LocalRunError, messageOf } from './errors.js';
import { canConnect, freePort, LOOPBACK, requireFreePort } from './network.js';
import { findPostgresBinaries, unprivilegedUser, type UnixUser } from './postgres-binaries.js';
import { runCommand, type Environment, type Log } from './surroundings.js';
import { waitUntil } from './waiting.js';

export interface RunningPostgres {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  readonly source: 'external' | 'embedded';
  /** Resolves when the server has ended, asked for or not; never for an external one. Made anew by `restart`. */
  readonly ended: () => Promise<void>;
  /** Ends it cleanly, cutting its connections; its data stays. An external one is left alone. */
  stop(): Promise<void>;
  /** Ends it as a loss of power would. @throws LocalRunError `not-started-here` for an external one. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port after `stop` or `kill`. */
  restart(): Promise<void>;
}

export interface PostgresOptions {
  /** The server's data lies in its folder `postgres`. As root, other users must be able to pass through its parents. */
  readonly dataDir: string;
  /** 0 chooses a free one. */
  readonly port: number;
  readonly log: Log;
  readonly env?: Environment;
}

const USER = 'offerstream';
const DATABASE = 'offerstream';
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/**
 * A real PostgreSQL: the one that `DATABASE_URL` names, otherwise a server of our own under the data folder.
 *
 * @throws LocalRunError with one message for a person, nothing left running.
 */
export const startPostgres = async (options: PostgresOptions): Promise<RunningPostgres> => {
  const env = options.env ?? process.env;
  const external = (env['DATABASE_URL'] ?? '').trim();
  return external === '' ? embeddedPostgres(options, env) : externalPostgres(external);
};

const externalPostgres = async (url: string): Promise<RunningPostgres> => {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !(await canConnect(address.hostname, Number(address.port || 5432), 5_000))) {
    throw new LocalRunError(
      'postgres-unreachable',
      `DATABASE_URL is set (host ${address?.host ?? 'unreadable'}), and nothing answers there. Start that PostgreSQL, mend the ` +
        'variable (postgres://user:password@host:port/database), or unset it to have a local one started.',
    );
  }
  const notOurs = () =>
    Promise.reject(
      new LocalRunError(
        'not-started-here',
        'This PostgreSQL was given by DATABASE_URL and is not ours to end or start.',
      ),
    );
  return {
    url,
    source: 'external',
    ended: () => new Promise(() => undefined),
    stop: () => Promise.resolve(),
    kill: notOurs,
    restart: notOurs,
  };
};

const embeddedPostgres = async (options: PostgresOptions, env: Environment): Promise<RunningPostgres> => {
  const port = options.port === 0 ? await freePort() : options.port;
  if (options.port !== 0) await requireFreePort(port, 'PostgreSQL');
  const binaries = await findPostgresBinaries();
  const user = unprivilegedUser();
  const folder = join(options.dataDir, 'postgres');
  const cluster = join(folder, 'cluster');
  const passwordFile = join(folder, 'password');
  const logFile = join(options.dataDir, 'logs', 'postgres.log');
  await mkdir(folder, { recursive: true });
  if (user !== undefined) await requirePassage(binaries.postgres, user, env, folder);

  const password = await readFile(passwordFile, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  const known = password ?? (await createCluster({ binaries, user, folder, cluster, passwordFile, env }));

  const launch = async (): Promise<Child> => {
    const child = await startChild({
      command: binaries.postgres,
      args: [
        ...['-D', cluster, '-p', String(port), '-c', `listen_addresses=${LOOPBACK}`],
        // Socket files would need a folder that every user may write.
        ...['-c', 'unix_socket_directories='],
      ],
      env: { ...env, LC_ALL: 'C.UTF-8' },
      cwd: '/',
      logFile,
      ...(user === undefined ? {} : { user }),
      // SIGINT is PostgreSQL's fast shutdown: connections are cut, the data is flushed.
      orphanSignal: 'SIGINT',
    });
    const ready = await waitUntil(async () => child.hasExited() || (await serverIsReady(cluster, child.pid)), {
      timeoutMs: READY_TIMEOUT_MS,
    });
    if (ready && !child.hasExited()) return child;
    await child.end('SIGKILL', 0);
    throw new LocalRunError(
      'postgres-failed',
      `PostgreSQL did not get ready. The end of ${logFile}:\n${await lastLines(logFile, 15)}`,
    );
  };
  let server = await launch();
  options.log(`PostgreSQL on port ${port} (process ${server.pid})`);
  return {
    url: `postgres://${USER}:${known.trim()}@${LOOPBACK}:${port}/${DATABASE}`,
    source: 'embedded',
    ended: () => server.exited.then(() => undefined),
    stop: async () => {
      await server.end('SIGINT', STOP_TIMEOUT_MS);
    },
    kill: async () => {
      await server.end('SIGKILL', 0);
    },
    restart: async () => {
      server = await launch();
    },
  };
};

/** The server writes its state into the eighth line of its pid file, as `pg_ctl` reads it. */
const serverIsReady = async (cluster: string, pid: number): Promise<boolean> => {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
};

interface ClusterPlan {
  readonly binaries: { readonly initdb: string; readonly postgres: string };
  readonly user: UnixUser | undefined;
  readonly folder: string;
  readonly cluster: string;
  readonly passwordFile: string;
  readonly env: Environment;
}

/** Makes a cluster with one user and one database; the password file is written last and so marks a whole one. */
const createCluster = async (plan: ClusterPlan): Promise<string> => {
  const password = randomBytes(18).toString('base64url');
  const handOver = join(tmpdir(), `offerstream-${randomBytes(8).toString('hex')}`);
  await rm(plan.cluster, { recursive: true, force: true });
  await mkdir(plan.cluster, { mode: 0o700 });
  try {
    await writeFile(handOver, password, { mode: 0o600 });
    if (plan.user !== undefined) {
      await chown(plan.cluster, plan.user.uid, plan.user.gid);
      await chown(handOver, plan.user.uid, plan.user.gid);
    }
    await asUser(plan, plan.binaries.initdb, [
      ...['-D', plan.cluster, '-U', USER, `--pwfile=${handOver}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--no-instructions'],
    ]);
    await asUser(
      plan,
      plan.binaries.postgres,
      ['--single', '-D', plan.cluster, 'postgres'],
      `CREATE DATABASE ${DATABASE}\n`,
    );
  } catch (error) {
    await rm(plan.cluster, { recursive: true, force: true });
    throw new LocalRunError(
      'postgres-failed',
      `PostgreSQL could not be set up under ${plan.folder}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(handOver, { force: true });
  }
  await writeFile(plan.passwordFile, `${password}\n`, { mode: 0o600 });
  return password;
};

const asUser = async (plan: ClusterPlan, command: string, args: readonly string[], input = ''): Promise<void> => {
  const result = await runCommand(command, args, {
    env: { ...plan.env, LC_ALL: 'C.UTF-8' },
    timeoutMs: 120_000,
    cwd: '/',
    input,
    ...(plan.user === undefined ? {} : { user: plan.user }),
  });
  if (!result.ok) throw new Error(result.stderr || result.stdout);
};

/** PostgreSQL refuses to run as root and so runs as a user who may be shut out of root's folders. */
const requirePassage = async (postgres: string, user: UnixUser, env: Environment, folder: string): Promise<void> => {
  await chmod(folder, 0o755);
  for (const [path, what] of [
    [folder, 'the data folder'],
    [dirname(postgres), "PostgreSQL's programs"],
  ] as const) {
    const reach = await runCommand('ls', ['-d', `${path}/.`], { env, timeoutMs: 10_000, cwd: '/', user });
    if (!reach.ok) {
      throw new LocalRunError(
        'postgres-failed',
        `PostgreSQL does not run as root, and the user that it runs as (uid ${user.uid}) can't reach ${what} in ${path}: a folder ` +
          'above it is closed to others. Open it (chmod o+x), choose a place elsewhere, or start as an ordinary user.',
      );
    }
  }
};
