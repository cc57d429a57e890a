import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ReaperTask } from '../reaper.mjs';

/** Takes a task back, because what it is about has been ended in the ordinary way. */
export type Forget = () => void;

let reaper: ChildProcess | undefined;
let lastId = 0;

/**
 * Has a helper process do this task when the present process is gone without having forgotten it, for example because it
 * was killed. Tasks are done in reverse order.
 */
export const whenThisProcessIsGone = (task: ReaperTask): Forget => {
  reaper ??= startReaper();
  const id = ++lastId;
  const { connected } = reaper;
  if (connected) reaper.send({ id, task });
  return () => {
    if (reaper?.connected === true) reaper.send({ id });
  };
};

/** The helper's process id; it lives until it has done its tasks. */
export const reaperPid = (): number | undefined => (reaper ??= startReaper()).pid;

const startReaper = (): ChildProcess => {
  const child = fork(fileURLToPath(new URL('../reaper.mjs', import.meta.url)), [], {
    detached: true,
    stdio: 'ignore',
    execArgv: [],
  });
  child.unref();
  child.channel?.unref();
  return child;
};
