import type { ThreadPoolOptions, ThreadTask } from './thread-pool.js';

interface PoolSettings {
  /** Threads. */
  readonly workers: number;
  /** `host:port`; the threads ask it themselves. */
  readonly inferenceAddress: string;
  /** Counts a thread that ended by itself. */
  readonly countLost: () => void;
  readonly warn: (message: string) => void;
}

/** Requests that may wait for each thread: with more of them the last would wait for seconds. */
const QUEUED_A_WORKER = 64;

/** What the pools of the gateway have in common. */
export const poolSettings = ({ workers, inferenceAddress, countLost, warn }: PoolSettings) =>
  ({
    inferenceAddress,
    workers,
    maxQueued: QUEUED_A_WORKER * workers,
    onWorkerLost(reason) {
      countLost();
      warn(`a worker is replaced: ${reason.message}`);
    },
    onUnusable: ({ name, version }, reason) => warn(`version ${version} of ${name} can't be used: ${reason}`),
    onFailed: ({ kind }, reason) => warn(`a bug ended a task of the kind ${kind}: ${reason}`),
  }) satisfies Partial<ThreadPoolOptions<ThreadTask>>;
