import { Worker } from 'node:worker_threads';
import type { TenantId } from '@offerstream/contracts';
import { Problem, type ProblemDetails } from '@offerstream/http-api';
import { MODEL_UNUSABLE } from '../models/model-problems.js';
import type { ServingVersion } from '../models/model-folder.js';
import { FairQueue } from './fair-queue.js';
import type { ThreadAnswer, ThreadRequest, ThreadSettings } from './thread-messages.js';

/** What a thread works on: `kind` says what comes of it. */
export interface ThreadTask {
  readonly kind: string;
}

export interface ThreadPoolOptions<Task> extends ThreadSettings {
  /** The program of a thread: it calls `answerTasks`. A built file, for a test that runs from `src` too. */
  readonly program: URL;
  /** Threads. Each is started when it is first needed. */
  readonly workers: number;
  /** How many requests may wait for a thread; for one more, the newest of the tenant that has the most of them is refused. */
  readonly maxQueued: number;
  readonly modelOf: (task: Task) => ServingVersion;
  readonly problems: ThreadProblems;
  /** A thread ended by itself; what it worked on is refused, and the next request starts another. */
  readonly onWorkerLost: (reason: Error) => void;
  /** A model was asked for that is not what it has to be. */
  readonly onUnusable: (model: ServingVersion, reason: string) => void;
  /** A task failed by a bug. */
  readonly onFailed: (task: Task, reason: string) => void;
}

export interface ThreadProblems {
  /** Too many requests wait. */
  readonly busy: ProblemDetails;
  /** The thread ended. */
  readonly failed: ProblemDetails;
}

export interface AskOptions<Part> {
  /** Fires when nobody waits any more: the work ends, and the call fails with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told each part of the answer as it is made, where it comes in parts. */
  readonly onPart?: (part: Part) => void;
}

/** So that a thread has something to do while inference answers one of them. */
const TASKS_A_WORKER = 4;
/** Longer than any request that is taken needs where inference is well. */
const TASK_TIMEOUT_MS = 60_000;

/** Threads that work with models, and a bounded queue in front of them. */
export class ThreadPool<
  Task extends ThreadTask,
  Results extends Readonly<Record<Task['kind'], unknown>>,
  Part = never,
> {
  private readonly workers: readonly PoolThread<Task, Part>[];
  private readonly queue: FairQueue<Pending<Task, Part>>;
  private isClosed = false;

  constructor(private readonly options: ThreadPoolOptions<Task>) {
    this.queue = new FairQueue(options.maxQueued);
    this.workers = Array.from({ length: options.workers }, () => new PoolThread(options, () => this.startNext()));
  }

  /** Requests that wait for a thread. */
  get waiting(): number {
    return this.queue.length;
  }

  /**
   * Tenants whose requests wait for a thread have their turns one after the other.
   *
   * @throws Problem `busy` when too many wait, `failed` when the thread ends, `model-unusable`, `timed-out`, `internal` for a bug in the
   * task's work, and what it refuses
   */
  ask<Asked extends Task>(
    tenant: TenantId,
    task: Asked,
    { signal, onPart = () => undefined }: AskOptions<Part> = {},
  ): Promise<Results[Asked['kind']]> {
    const { problems } = this.options;
    if (this.isClosed) throw new Problem(problems.failed);
    if (signal?.aborted === true) throw signal.reason;
    const pending = new Pending<Task, Part>(task, onPart);
    const worker = this.leastBusy();
    const drop = (reason: unknown): void => {
      this.queue.remove(pending);
      for (const each of this.workers) each.drop(pending);
      pending.reject(reason);
    };
    const leave = (): void => drop(signal?.reason);
    const timer = setTimeout(() => drop(TIMED_OUT), TASK_TIMEOUT_MS);
    signal?.addEventListener('abort', leave);
    if (worker === undefined) this.queue.add(tenant, pending)?.reject(new Problem(problems.busy));
    else worker.start(pending);
    return (pending.result as Promise<Results[Asked['kind']]>).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    });
  }

  /** Refuses what waits and what is worked on. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (let pending = this.queue.next(); pending !== undefined; pending = this.queue.next())
      pending.reject(new Problem(this.options.problems.failed));
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private leastBusy(): PoolThread<Task, Part> | undefined {
    const free = this.workers.filter(({ busy }) => busy < TASKS_A_WORKER);
    return free.sort((one, other) => one.busy - other.busy)[0];
  }

  private startNext(): void {
    for (let worker = this.leastBusy(); worker !== undefined; worker = this.leastBusy()) {
      const pending = this.queue.next();
      if (pending === undefined) return;
      worker.start(pending);
    }
  }
}

/** A task that is not answered. */
class Pending<Task, Part> {
  /** Nobody waits for it any more. */
  isDropped = false;
  readonly result: Promise<unknown>;
  resolve!: (result: unknown) => void;
  reject!: (reason: unknown) => void;

  constructor(
    readonly task: Task,
    readonly onPart: (part: Part) => void,
  ) {
    ({ promise: this.result, resolve: this.resolve, reject: this.reject } = Promise.withResolvers<unknown>());
  }
}

/** A place for a thread: one that ends is replaced by the next task's. */
class PoolThread<Task, Part> {
  private thread: Worker | undefined;
  private readonly pending = new Map<number, Pending<Task, Part>>();
  private nextId = 1;
  private isClosing = false;

  constructor(
    private readonly options: ThreadPoolOptions<Task>,
    private readonly onFree: () => void,
  ) {}

  get busy(): number {
    return this.pending.size;
  }

  start(pending: Pending<Task, Part>): void {
    const id = this.nextId++;
    this.pending.set(id, pending);
    this.thread ??= this.startThread();
    this.thread.postMessage({ kind: 'task', id, task: pending.task } satisfies ThreadRequest<Task>);
  }

  /** It keeps its place until the thread has ended its work. */
  drop(dropped: Pending<Task, Part>): void {
    for (const [id, pending] of this.pending) {
      if (pending !== dropped) continue;
      pending.isDropped = true;
      this.thread?.postMessage({ kind: 'drop', id } satisfies ThreadRequest<Task>);
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.thread?.terminate();
  }

  private startThread(): Worker {
    const { inferenceAddress, program, problems, onWorkerLost } = this.options;
    const thread = new Worker(program, { workerData: { inferenceAddress } satisfies ThreadSettings });
    let reason = new Error('A thread ended.');
    thread.on('message', (answer: ThreadAnswer<Part>) => this.take(answer));
    thread.on('error', (error) => (reason = error instanceof Error ? error : new Error(String(error))));
    thread.on('exit', () => {
      this.thread = undefined;
      const lost = [...this.pending.values()];
      this.pending.clear();
      for (const { reject } of lost) reject(new Problem(problems.failed));
      if (this.isClosing) return;
      onWorkerLost(reason);
      this.onFree();
    });
    return thread;
  }

  private take(answer: ThreadAnswer<Part>): void {
    const pending = this.pending.get(answer.id);
    if (pending === undefined) return;
    if (answer.kind === 'part') {
      if (!pending.isDropped) pending.onPart(answer.part);
      return;
    }
    this.pending.delete(answer.id);
    switch (answer.kind) {
      case 'done':
        pending.resolve(answer.result);
        break;
      case 'dropped':
        break;
      case 'refused':
        pending.reject(new Problem(answer.problem));
        break;
      case 'unusable':
        this.options.onUnusable(this.options.modelOf(pending.task), answer.reason);
        pending.reject(UNUSABLE);
        break;
      case 'failed':
        this.options.onFailed(pending.task, answer.reason);
        pending.reject(FAILED_BY_A_BUG);
        break;
    }
    this.onFree();
  }
}

const UNUSABLE = new Problem(MODEL_UNUSABLE);

/** What it was is told to the operator alone: it may name what was sent. */
const FAILED_BY_A_BUG = new Problem({
  status: 500,
  code: 'internal',
  reason: 'A thread met an error that should not happen.',
  fix: 'Tell the operator: the log of the gateway says what it was.',
});

const TIMED_OUT = new Problem({
  status: 503,
  code: 'timed-out',
  reason: 'The request took too long and was given up.',
  fix: 'Send it again later, or ask for less at once.',
  retryAfterSeconds: 5,
});
