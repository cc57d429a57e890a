import { Worker } from 'node:worker_threads';
import { Problem } from '@offerstream/http-api';
import type { CompletionPart, LanguageTask, TaskResults } from './language-tasks.js';
import { MODEL_UNUSABLE } from './language-refusal.js';
import type { ServingVersion } from './model-folder.js';
import type { WorkerAnswer, WorkerRequest, WorkerSettings } from './worker-messages.js';

export interface LanguagePoolOptions extends WorkerSettings {
  /** Threads. Each is started when it is first needed. */
  readonly workers: number;
  /** How many requests may wait for a thread; one more is refused. */
  readonly maxQueued: number;
  /** The program of a thread; another than the language worker's only to test what becomes of one that fails. */
  readonly program?: URL;
  /** A thread ended by itself; what it worked on is refused, and the next request starts another. */
  readonly onWorkerLost: (reason: Error) => void;
  /** A model was asked for that is not what it has to be. */
  readonly onUnusable: (model: ServingVersion, reason: string) => void;
}

export interface AskOptions {
  /** Fires when nobody waits any more: the work ends, and the call fails with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Of a completion: is told each part as it is made. */
  readonly onPart?: (part: CompletionPart) => void;
}

/** A built file, for a program that runs from `dist` as for a test that runs from `src`. */
const PROGRAM = new URL('../../dist/language/language-worker.js', import.meta.url);
/** So that a thread has something to do while inference answers one of them. */
const TASKS_A_WORKER = 4;
/** Longer than any request that is taken needs where inference is well. */
const TASK_TIMEOUT_MS = 60_000;

/** Threads that work on texts, with a bounded queue in front of them. */
export class LanguagePool {
  private readonly workers: readonly LanguageWorker[];
  private readonly queue: Pending[] = [];
  private isClosed = false;

  constructor(private readonly options: LanguagePoolOptions) {
    this.workers = Array.from({ length: options.workers }, () => new LanguageWorker(options, () => this.startNext()));
  }

  /** Requests that wait for a thread. */
  get waiting(): number {
    return this.queue.length;
  }

  /**
   * @throws Problem `language-busy` when too many wait, `language-failed` when the thread ends, `model-unusable`, `timed-out`, and what
   * the task's work throws
   */
  ask<Task extends LanguageTask>(
    task: Task,
    { signal, onPart = () => undefined }: AskOptions = {},
  ): Promise<TaskResults[Task['kind']]> {
    if (this.isClosed) throw FAILED;
    if (signal?.aborted === true) throw signal.reason;
    const pending = new Pending(task, onPart);
    const worker = this.leastBusy();
    if (worker === undefined && this.queue.length >= this.options.maxQueued) throw BUSY;
    const drop = (reason: unknown): void => {
      const at = this.queue.indexOf(pending);
      if (at >= 0) this.queue.splice(at, 1);
      for (const each of this.workers) each.drop(pending);
      pending.reject(reason);
    };
    const leave = (): void => drop(signal?.reason);
    const timer = setTimeout(() => drop(TIMED_OUT), TASK_TIMEOUT_MS);
    signal?.addEventListener('abort', leave);
    if (worker === undefined) this.queue.push(pending);
    else worker.start(pending);
    return (pending.result as Promise<TaskResults[Task['kind']]>).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    });
  }

  /** Refuses what waits and what is worked on. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const pending of this.queue.splice(0)) pending.reject(FAILED);
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private leastBusy(): LanguageWorker | undefined {
    const free = this.workers.filter(({ busy }) => busy < TASKS_A_WORKER);
    return free.sort((one, other) => one.busy - other.busy)[0];
  }

  private startNext(): void {
    for (let worker = this.leastBusy(); worker !== undefined; worker = this.leastBusy()) {
      const pending = this.queue.shift();
      if (pending === undefined) return;
      worker.start(pending);
    }
  }
}

/** A task that is not answered. */
class Pending {
  readonly result: Promise<unknown>;
  resolve!: (result: unknown) => void;
  reject!: (reason: unknown) => void;

  constructor(
    readonly task: LanguageTask,
    readonly onPart: (part: CompletionPart) => void,
  ) {
    ({ promise: this.result, resolve: this.resolve, reject: this.reject } = Promise.withResolvers<unknown>());
  }
}

/** A place for a thread: one that ends is replaced by the next task's. */
class LanguageWorker {
  private thread: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private isClosing = false;

  constructor(
    private readonly options: LanguagePoolOptions,
    private readonly onFree: () => void,
  ) {}

  get busy(): number {
    return this.pending.size;
  }

  start(pending: Pending): void {
    const id = this.nextId++;
    this.pending.set(id, pending);
    this.thread ??= this.startThread();
    this.thread.postMessage({ kind: 'task', id, task: pending.task } satisfies WorkerRequest);
  }

  drop(dropped: Pending): void {
    for (const [id, pending] of this.pending) {
      if (pending !== dropped) continue;
      this.pending.delete(id);
      this.thread?.postMessage({ kind: 'drop', id } satisfies WorkerRequest);
      this.onFree();
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.thread?.terminate();
  }

  private startThread(): Worker {
    const { inferenceAddress, program = PROGRAM, onWorkerLost } = this.options;
    const thread = new Worker(program, { workerData: { inferenceAddress } satisfies WorkerSettings });
    let reason = new Error('A language worker ended.');
    thread.on('message', (answer: WorkerAnswer) => this.take(answer));
    thread.on('error', (error) => (reason = error instanceof Error ? error : new Error(String(error))));
    thread.on('exit', () => {
      this.thread = undefined;
      const lost = [...this.pending.values()];
      this.pending.clear();
      for (const { reject } of lost) reject(FAILED);
      if (this.isClosing) return;
      onWorkerLost(reason);
      this.onFree();
    });
    return thread;
  }

  private take(answer: WorkerAnswer): void {
    const pending = this.pending.get(answer.id);
    // It was dropped.
    if (pending === undefined) return;
    if (answer.kind === 'part') {
      pending.onPart(answer.part);
      return;
    }
    this.pending.delete(answer.id);
    switch (answer.kind) {
      case 'done':
        pending.resolve(answer.result);
        break;
      case 'refused':
        pending.reject(new Problem(answer.problem));
        break;
      case 'unusable':
        this.options.onUnusable(modelOf(pending.task), answer.reason);
        pending.reject(UNUSABLE);
        break;
      case 'failed':
        pending.reject(new Error(answer.reason));
        break;
    }
    this.onFree();
  }
}

const modelOf = (task: LanguageTask): ServingVersion => (task.kind === 'embed' ? task.encoder : task.model);

const UNUSABLE = new Problem(MODEL_UNUSABLE);

const BUSY = new Problem({
  status: 429,
  code: 'language-busy',
  reason: 'More requests to language models wait than are taken.',
  fix: 'Send the request again after Retry-After, and fewer at a time.',
  retryAfterSeconds: 1,
});

const FAILED = new Problem({
  status: 503,
  code: 'language-failed',
  reason: 'The thread that worked on the request ended.',
  fix: 'Send the request again after Retry-After; tell the operator when that goes on.',
  retryAfterSeconds: 1,
});

const TIMED_OUT = new Problem({
  status: 503,
  code: 'timed-out',
  reason: 'The request took too long and was given up.',
  fix: 'Send it again later, or ask for less at once.',
  retryAfterSeconds: 5,
});
