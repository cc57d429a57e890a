import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { checkInputs } from './check-inputs.js';
import { OnnxRuntimeError } from './errors.js';
import type { ProviderReport } from './provider-choice.js';
import type { Provider } from './session.js';
import { packTensors, unpackTensors, type TensorBytesByName } from './tensor-bytes.js';
import type { InputMetadata, TensorMetadata, Tensors } from './tensor.js';
import type { LoadedDescription, WorkerAnswer, WorkerRequest } from './worker-messages.js';

export interface SessionPoolOptions {
  /**
   * How many threads run models at once; default: one less than the machine has cores, at least 1. Each has a copy of every
   * loaded model, and where there is only one there is a second, so that one runs while the other loads.
   */
  readonly workers?: number;
  /** How many runs may wait for a worker; one more is refused with `queue-full`. */
  readonly maxQueued: number;
  /** Among which execution providers a load chooses; `cpu` is always one of them. */
  readonly providers: readonly Provider[];
  /** A worker thread ended by itself. What it was working on is lost: end the process with this reason. */
  readonly onWorkerLost: (reason: Error) => void;
}

export interface RunOptions {
  /** Names of the outputs to give back; default all. */
  readonly outputs?: readonly string[];
  /** A run that is still waiting when this fires is dropped, with `cancelled`. */
  readonly signal?: AbortSignal;
}

/** A model that every worker of the pool has loaded. */
export interface PooledModel {
  readonly inputs: readonly InputMetadata[];
  readonly outputs: readonly TensorMetadata[];
  readonly providerReport: ProviderReport;
  /**
   * Runs the graph in the next free worker, in the order of the calls. The bytes are copied before this returns.
   *
   * @throws OnnxRuntimeError `input-invalid`, `run-failed`, `queue-full`, `cancelled` or `closed`
   */
  run(feeds: TensorBytesByName, options?: RunOptions): Promise<Tensors>;
  /** Accepts no further run, waits for those that were accepted, and frees the memory in every worker. */
  unload(): Promise<void>;
}

/**
 * Each worker has one run in work and one at hand, so that it does not wait for the way of a message (0.2 ms there and back)
 * between two runs.
 */
const REQUESTS_PER_WORKER = 2;

/** ONNX sessions in worker threads, because loading a model and running it block their thread. Every worker has every loaded model. */
export class SessionPool {
  /** How many threads run models at once. */
  readonly workerCount: number;
  private readonly workers: readonly PoolWorker[];
  private readonly queue: QueuedRun[] = [];
  private readonly drained: (() => void)[] = [];
  private loads: Promise<unknown> = Promise.resolve();
  private nextModel = 1;
  private open = true;

  constructor(private readonly options: SessionPoolOptions) {
    this.workerCount = options.workers ?? Math.max(1, availableParallelism() - 1);
    const length = Math.max(2, this.workerCount);
    this.workers = Array.from({ length }, () => new PoolWorker(options.onWorkerLost));
  }

  /** Runs that wait for a worker. */
  get queued(): number {
    return this.queue.length;
  }

  /**
   * Loads a model into one worker after the other, so that the others keep serving; loads wait for each other. The first worker
   * chooses the execution provider.
   *
   * @throws OnnxRuntimeError `model-unusable` or `closed`
   */
  load(path: string): Promise<PooledModel> {
    const loading = this.loads.then(() => this.loadAlone(path));
    this.loads = loading.catch(() => undefined);
    return loading;
  }

  private async loadAlone(path: string): Promise<PooledModel> {
    const model = this.nextModel++;
    const [first, ...others] = this.workers;
    if (first === undefined || !this.open) throw closed('The pool');
    const loadInto = async (worker: PoolWorker, providers: readonly Provider[]): Promise<LoadedDescription> => {
      try {
        return await worker.load({ kind: 'load', model, path, providers });
      } finally {
        this.startNext();
      }
    };
    const loadEverywhere = async (providers: readonly Provider[]): Promise<LoadedDescription> => {
      const loaded = await loadInto(first, providers);
      for (const worker of others) await loadInto(worker, [loaded.report.provider]);
      return loaded;
    };
    try {
      return this.pooled(model, await loadEverywhere(withCpu(this.options.providers)));
    } catch (error) {
      await this.forget(model);
      if (!(error instanceof OnnxRuntimeError) || error.code !== 'provider-unavailable') throw error;
      // One worker could have the provider and a further one could not, for example where an accelerator's memory is used up.
      return this.pooled(model, await loadEverywhere(['cpu']));
    }
  }

  /** Accepts no further run, finishes those that were accepted, frees every session and ends the workers. */
  async close(): Promise<void> {
    this.open = false;
    if (this.queue.length > 0) await new Promise<void>((resolve) => this.drained.push(resolve));
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private pooled(model: number, loaded: LoadedDescription): PooledModel {
    let accepting = true;
    let pending = 0;
    let onIdle: (() => void) | undefined;
    return {
      inputs: loaded.inputs,
      outputs: loaded.outputs,
      providerReport: loaded.report,
      run: async (feeds, { outputs, signal } = {}) => {
        if (!accepting) throw closed('The model');
        checkInputs(loaded.inputs, feeds);
        checkOutputs(loaded.outputs, outputs);
        pending++;
        try {
          return await this.enqueue({ kind: 'run', model, feeds: packTensors(feeds), outputs }, signal);
        } finally {
          pending--;
          if (pending === 0) onIdle?.();
        }
      },
      unload: async () => {
        if (!accepting) return;
        accepting = false;
        if (pending > 0) await new Promise<void>((resolve) => (onIdle = resolve));
        await this.forget(model);
      },
    };
  }

  private async forget(model: number): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.unload(model)));
  }

  private enqueue(request: RunRequest, signal: AbortSignal | undefined): Promise<Tensors> {
    if (!this.open) throw closed('The pool');
    return new Promise((resolve, reject) => {
      const run: QueuedRun = { request, signal, resolve, reject };
      const worker = this.queue.length === 0 ? this.leastBusy() : undefined;
      if (worker !== undefined) {
        this.start(worker, run);
      } else if (this.queue.length >= this.options.maxQueued) {
        reject(
          new OnnxRuntimeError('queue-full', `${this.queue.length} runs wait already; try again later or add workers.`),
        );
      } else {
        this.queue.push(run);
      }
    });
  }

  /** The worker with most room for a run, among as many as may run at once; one that loads is none of them. */
  private leastBusy(): PoolWorker | undefined {
    const running = this.workers.filter(({ loading }) => !loading).slice(0, this.workerCount);
    let best: PoolWorker | undefined;
    for (const worker of running) if (worker.busy < (best?.busy ?? REQUESTS_PER_WORKER)) best = worker;
    return best;
  }

  private start(worker: PoolWorker, run: QueuedRun): void {
    worker
      .run(run.request)
      .then(run.resolve, run.reject)
      .finally(() => this.startNext());
  }

  private startNext(): void {
    while (this.queue.length > 0) {
      const worker = this.leastBusy();
      if (worker === undefined) return;
      const run = this.queue.shift();
      if (run === undefined) break;
      if (run.signal?.aborted === true)
        run.reject(new OnnxRuntimeError('cancelled', 'The caller left before the run began.'));
      else this.start(worker, run);
    }
    for (const resolve of this.drained.splice(0)) resolve();
  }
}

type Unnumbered<Request> = Request extends WorkerRequest ? Omit<Request, 'id'> : never;
type RunRequest = Unnumbered<Extract<WorkerRequest, { kind: 'run' }>>;
type LoadRequest = Unnumbered<Extract<WorkerRequest, { kind: 'load' }>>;

interface QueuedRun {
  readonly request: RunRequest;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/** One worker thread and the requests that it has not answered. */
class PoolWorker {
  private readonly thread: Worker;
  private readonly unanswered = new Map<
    number,
    { readonly resolve: (answer: WorkerAnswer) => void; readonly reject: (error: Error) => void }
  >();
  private readonly ended: Promise<void>;
  private nextId = 1;
  private isLoading = false;
  private closing = false;
  private gone: OnnxRuntimeError | undefined;

  constructor(onLost: (reason: Error) => void) {
    this.thread = new Worker(WORKER_FILE);
    this.thread.on('message', (answer: WorkerAnswer) => this.settle(answer));
    let failure: Error | undefined;
    this.thread.on('error', (error) => (failure = error instanceof Error ? error : new Error(String(error))));
    this.ended = new Promise((resolve) => {
      this.thread.on('exit', (code) => {
        resolve();
        const reason = new OnnxRuntimeError('closed', `An inference worker ended with code ${code}.`, failure);
        this.gone = reason;
        for (const { reject } of this.unanswered.values()) reject(reason);
        this.unanswered.clear();
        if (!this.closing) onLost(failure ?? reason);
      });
    });
  }

  get busy(): number {
    return this.unanswered.size;
  }

  get loading(): boolean {
    return this.isLoading;
  }

  async load(request: LoadRequest): Promise<LoadedDescription> {
    this.isLoading = true;
    try {
      const answer = await this.ask(request, []);
      if (answer.kind !== 'loaded') throw unexpected(answer);
      return answer.loaded;
    } finally {
      this.isLoading = false;
    }
  }

  async run(request: RunRequest): Promise<Tensors> {
    const answer = await this.ask(request, [request.feeds.buffer]);
    if (answer.kind !== 'ran') throw unexpected(answer);
    return unpackTensors(answer.outputs);
  }

  async unload(model: number): Promise<void> {
    await this.ask({ kind: 'unload', model }, []);
  }

  async close(): Promise<void> {
    if (this.closing || this.gone !== undefined) return this.ended;
    this.closing = true;
    await this.ask({ kind: 'close' }, []);
    await this.ended;
  }

  private ask(request: Unnumbered<WorkerRequest>, transfer: readonly ArrayBuffer[]): Promise<WorkerAnswer> {
    if (this.gone !== undefined) return Promise.reject(this.gone);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.unanswered.set(id, { resolve, reject });
      this.thread.postMessage({ ...request, id } satisfies WorkerRequest, transfer);
    });
  }

  private settle(answer: WorkerAnswer): void {
    const waiting = this.unanswered.get(answer.id);
    this.unanswered.delete(answer.id);
    if (answer.kind === 'failed') waiting?.reject(new OnnxRuntimeError(answer.code, answer.message));
    else waiting?.resolve(answer);
  }
}

/** Resolved through the package's exports, which name the built file also where this module runs from its source. */
const WORKER_FILE = createRequire(import.meta.url).resolve('@offerstream/onnx-runtime/session-worker');

const withCpu = (providers: readonly Provider[]): readonly Provider[] =>
  providers.includes('cpu') ? providers : [...providers, 'cpu'];

const checkOutputs = (available: readonly TensorMetadata[], wanted: readonly string[] | undefined): void => {
  const unknown = wanted?.find((name) => !available.some((output) => output.name === name));
  if (unknown !== undefined)
    throw new OnnxRuntimeError(
      'input-invalid',
      `There is no output "${unknown}"; there are ${available.map((output) => output.name).join(', ')}.`,
    );
};

const closed = (what: string): OnnxRuntimeError => new OnnxRuntimeError('closed', `${what} accepts no further work.`);

const unexpected = (answer: WorkerAnswer): Error => new Error(`A worker answered with "${answer.kind}".`);
