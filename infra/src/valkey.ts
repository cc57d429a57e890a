import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLines, startChild, type Child } from './child.js';
import { LocalRunError } from './errors.js';
import { freePort, LOOPBACK, requireFreePort } from './network.js';
import type { Environment, Log } from './surroundings.js';
import { fetchValkey, findValkey } from './valkey-binary.js';
import { valkeyAnswers } from './valkey-probe.js';
import { waitUntil } from './waiting.js';

export interface RunningValkey {
  readonly host: string;
  readonly port: number;
  /** Resolves when the server has ended, asked for or not. Made anew by `restart`. */
  readonly ended: () => Promise<void>;
  /** Ends it cleanly; its data stays. */
  stop(): Promise<void>;
  /** Ends it as a loss of power would. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port after `stop` or `kill`. */
  restart(): Promise<void>;
}

export interface ValkeyOptions {
  /** The server's data lies in its folder `valkey`. */
  readonly dataDir: string;
  /** 0 chooses a free one. */
  readonly port: number;
  readonly log: Log;
  readonly env?: Environment;
  /** Further options of the server's command line. */
  readonly args?: readonly string[];
}

/**
 * What makes a server keep what it was told, whichever way it runs. With `everysec` an answer may come before the write
 * while the disk is busy, so that even a killed process, not only a fallen machine, takes what it had answered.
 */
export const VALKEY_ARGS = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/**
 * A real server of the Redis protocol without Docker, as a process of its own: the one that Maven Central has.
 *
 * @throws LocalRunError with one message for a person, nothing left running.
 */
export const startValkey = async (options: ValkeyOptions): Promise<RunningValkey> => {
  const env = options.env ?? process.env;
  const found = await findValkey(env);
  if (!found.ok) {
    throw new LocalRunError(
      'valkey-not-found',
      `No Valkey to be had: ${found.reason}. Install Maven ("mvn -version"), or let a Docker engine answer ("docker version").`,
    );
  }
  const binary = await fetchValkey(found.name, env, options.log);
  const port = options.port === 0 ? await freePort() : options.port;
  if (options.port !== 0) await requireFreePort(port, 'Valkey');
  const folder = join(options.dataDir, 'valkey');
  const logFile = join(options.dataDir, 'logs', 'valkey.log');
  await mkdir(folder, { recursive: true });

  const launch = async (): Promise<Child> => {
    const child = await startChild({
      command: binary,
      args: [...['--port', String(port), '--bind', LOOPBACK, '--dir', folder], ...VALKEY_ARGS, ...(options.args ?? [])],
      env,
      cwd: folder,
      logFile,
      orphanSignal: 'SIGTERM',
    });
    const answers = await waitUntil(async () => child.hasExited() || (await valkeyAnswers(LOOPBACK, port, 1_000)), {
      timeoutMs: READY_TIMEOUT_MS,
    });
    if (answers && !child.hasExited()) return child;
    await child.end('SIGKILL', 0);
    throw new LocalRunError(
      'part-not-ready',
      `Valkey did not get ready. The end of ${logFile}:\n${await lastLines(logFile, 15)}`,
    );
  };
  let server = await launch();
  options.log(`Valkey on port ${port} (process ${server.pid})`);
  return {
    host: LOOPBACK,
    port,
    ended: () => server.exited.then(() => undefined),
    stop: async () => {
      await server.end('SIGTERM', STOP_TIMEOUT_MS);
    },
    kill: async () => {
      await server.end('SIGKILL', 0);
    },
    restart: async () => {
      server = await launch();
    },
  };
};
