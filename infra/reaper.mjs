// Ends what its parent started once the parent is gone, however that died: this process sits in a session of its own,
// so that Ctrl-C does not reach it, and notices the end of the parent by the end of their channel.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** @type {Map<number, import('./reaper.mjs').ReaperTask>} */
const tasks = new Map();

process.on('message', (/** @type {{ id: number, task?: import('./reaper.mjs').ReaperTask }} */ { id, task }) => {
  if (task === undefined) tasks.delete(id);
  else tasks.set(id, task);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

process.on('disconnect', async () => {
  for (const task of [...tasks.values()].reverse()) await perform(task).catch(() => undefined);
  process.exit(0);
});

const perform = async (task) => {
  if (task.kind === 'folder') return rm(task.path, { recursive: true, force: true });
  if (task.kind === 'command') return run(task.command, task.args);
  const target = task.group === true ? -task.pid : task.pid;
  if (task.signal !== undefined) signalTo(target, task.signal);
  for (let waitedMs = 0; isAlive(task.pid) && waitedMs < task.graceMs; waitedMs += 100) await delay(100);
  if (task.group === true || isAlive(task.pid)) signalTo(target, 'SIGKILL');
};

const run = (command, args) =>
  new Promise((resolve) => {
    spawn(command, args, { stdio: 'ignore' }).once('close', resolve).once('error', resolve);
  });

const signalTo = (pid, signal) => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  try {
    // An orphan that has ended stays in the process table until someone collects it, which in a container may be never.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
};
