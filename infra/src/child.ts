import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync, renameSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { whenThisProcessIsGone } from './reaper.js';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Takes stdout and stderr; what is there already is kept up to a size, then moved to `<file>.1`. */
  readonly logFile: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** A channel whose end tells a Node child that this process is gone. */
  readonly channel?: boolean;
  /** How the child is ended when this process is gone; left out, it notices by its channel. */
  readonly orphanSignal?: 'SIGTERM' | 'SIGINT';
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  hasExited(): boolean;
  /** Sends the signal, and SIGKILL when the child is still there after `graceMs`. Resolves when it has exited. */
  end(signal: NodeJS.Signals, graceMs: number): Promise<ChildExit>;
}

const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
const ORPHAN_GRACE_MS = 25_000;

/**
 * Starts a process in a session of its own, so that Ctrl-C in a terminal reaches only this process, which then stops its
 * children in order.
 *
 * @throws the error of Node's `spawn` when the command can't be run.
 */
export const startChild = async (options: ChildOptions): Promise<Child> => {
  const output = openLog(options.logFile);
  let child: ChildProcess;
  try {
    child = spawn(options.command, options.args, {
      env: { ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...options.user,
      detached: true,
      stdio: options.channel === true ? ['ignore', output, output, 'ipc'] : ['ignore', output, output],
    });
    await once(child, 'spawn');
  } finally {
    closeSync(output);
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.command} was started and has no process id.`);
  const forget = whenThisProcessIsGone({
    kind: 'process',
    pid,
    graceMs: ORPHAN_GRACE_MS,
    ...(options.orphanSignal === undefined ? {} : { signal: options.orphanSignal }),
  });
  let exit: ChildExit | undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => {
      forget();
      exit = { code, signal };
      resolve(exit);
    });
  });
  return {
    pid,
    exited,
    hasExited: () => exit !== undefined,
    end: async (signal, graceMs) => {
      if (exit !== undefined) return exit;
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
};

const openLog = (file: string): number => {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a');
};

/** The end of a log file, for messages about a child that did not start. */
export const lastLines = async (file: string, count: number): Promise<string> =>
  (await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-count).join('\n');
