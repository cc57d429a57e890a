import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FactorizationHalf, FactorizationTask } from './factorization-worker.js';
import { implicitLoss, type SparseRows } from './implicit-least-squares.js';
import { randomNumbers } from './random.js';

export interface FactorizationOptions {
  readonly dimensions: number;
  /** λ */
  readonly regularization: number;
  readonly iterations: number;
  /** Equal seeds and data give equal factors, whatever the number of threads. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Called after each iteration. */
  readonly onIteration?: (iteration: number, loss: number) => void;
}

export interface Factors {
  /** [users, d] */
  readonly users: Float32Array<ArrayBuffer>;
  /** [items, d] */
  readonly items: Float32Array<ArrayBuffer>;
}

/** The worker is a built file, for a program that runs from `dist` as for a test that runs from `src`. */
const WORKER = new URL('../dist/factorization-worker.js', import.meta.url);
/** Conjugate-gradient steps an iteration; each begins where the last iteration ended. */
const STEPS = 3;
const INITIAL_SCALE = 0.1;

/**
 * Implicit-feedback matrix factorisation by alternating least squares over all cores (Hu, Koren, Volinsky, ICDM 2008);
 * the loss is `implicitLoss`.
 *
 * @param matrix users' rows of item columns with confidence weights w > 0
 */
export const factorize = async (matrix: SparseRows, items: number, options: FactorizationOptions): Promise<Factors> => {
  const users = matrix.starts.length - 1;
  const { dimensions, regularization, iterations, signal } = options;
  const random = randomNumbers(options.seed);
  const byUser = shareRows(matrix);
  const task: FactorizationTask = {
    dimensions,
    regularization,
    steps: STEPS,
    byUser,
    byItem: transposed(byUser, items),
    userFactors: shared(Float32Array, users * dimensions),
    itemFactors: shared(Float32Array, items * dimensions),
    nextRow: shared(Int32Array, 1),
  };
  for (let i = 0; i < task.itemFactors.length; i++) {
    task.itemFactors[i] = ((random() - 0.5) * INITIAL_SCALE) / Math.sqrt(dimensions);
  }
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(WORKER, { workerData: task }));
  try {
    for (let iteration = 1; iteration <= iterations; iteration++) {
      for (const half of ['users', 'items'] as const) {
        signal?.throwIfAborted();
        task.nextRow[0] = 0;
        await Promise.all(workers.map((worker) => runHalf(worker, half)));
      }
      options.onIteration?.(
        iteration,
        implicitLoss(byUser, task.userFactors, task.itemFactors, dimensions, regularization),
      );
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return { users: new Float32Array(task.userFactors), items: new Float32Array(task.itemFactors) };
};

// `once` rejects when the worker fails.
const runHalf = async (worker: Worker, half: FactorizationHalf): Promise<void> => {
  const done = once(worker, 'message');
  worker.postMessage(half);
  await done;
};

interface SharedArrayType<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): A;
}

const shared = <A>(type: SharedArrayType<A>, length: number): A =>
  new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));

const shareRows = (matrix: SparseRows): SparseRows => {
  const starts = shared(Int32Array, matrix.starts.length);
  const columns = shared(Int32Array, matrix.columns.length);
  const weights = shared(Float32Array, matrix.weights.length);
  starts.set(matrix.starts);
  columns.set(matrix.columns);
  weights.set(matrix.weights);
  return { starts, columns, weights };
};

const transposed = (matrix: SparseRows, columns: number): SparseRows => {
  const starts = shared(Int32Array, columns + 1);
  for (const column of matrix.columns) starts[column + 1] = (starts[column + 1] as number) + 1;
  for (let column = 0; column < columns; column++) {
    starts[column + 1] = (starts[column + 1] as number) + (starts[column] as number);
  }
  const next = Int32Array.from(starts);
  const rows = shared(Int32Array, matrix.columns.length);
  const weights = shared(Float32Array, matrix.columns.length);
  for (let row = 0; row + 1 < matrix.starts.length; row++) {
    for (let k = matrix.starts[row] as number; k < (matrix.starts[row + 1] as number); k++) {
      const column = matrix.columns[k] as number;
      const at = next[column] as number;
      next[column] = at + 1;
      rows[at] = row;
      weights[at] = matrix.weights[k] as number;
    }
  }
  return { starts, columns: rows, weights };
};
