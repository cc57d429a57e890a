import { execFile } from 'node:child_process';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Takes one line for the person who watches. */
export type Log = (line: string) => void;

/** Something that may be missing on this machine, with the reason in a form that fits into a sentence. */
export type Found<Value> = ({ readonly ok: true } & Value) | { readonly ok: false; readonly reason: string };

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env: Environment;
  /** 0: no limit. */
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What the command reads from stdin; nothing when left out. */
  readonly input?: string;
}

/** Runs a command to its end; a command that is missing or takes too long has failed. */
export const runCommand = (
  command: string,
  args: readonly string[],
  { env, timeoutMs, cwd, user, input = '' }: CommandOptions,
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      {
        env: { ...env },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 16 * 1024 * 1024,
        ...(cwd === undefined ? {} : { cwd }),
        ...user,
      },
      (error, stdout, stderr) =>
        resolve({ ok: error === null, stdout: stdout.trim(), stderr: stderr.trim() || (error?.message ?? '') }),
    );
    // A command that ends without reading is no fault of its own.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
