import { parentPort, workerData } from 'node:worker_threads';
import { gramMatrix, improveRows, type SparseRows } from './implicit-least-squares.js';

/** What a worker thread shares with the others; every array lies in shared memory. */
export interface FactorizationTask {
  readonly dimensions: number;
  readonly regularization: number;
  readonly steps: number;
  readonly byUser: SparseRows;
  readonly byItem: SparseRows;
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
  /** [1]: the next row that nobody works on. */
  readonly nextRow: Int32Array;
}

/** The half of an iteration that is done next; its answer is the same word. */
export type FactorizationHalf = 'users' | 'items';

const ROWS_AT_ONCE = 64;

const task = workerData as FactorizationTask;

parentPort?.on('message', (half: FactorizationHalf) => {
  const [matrix, fixed, improved] =
    half === 'users'
      ? [task.byUser, task.itemFactors, task.userFactors]
      : [task.byItem, task.userFactors, task.itemFactors];
  const gram = gramMatrix(fixed, task.dimensions, task.regularization);
  const rows = matrix.starts.length - 1;
  // Which thread takes which rows varies; a row's result does not depend on it.
  for (;;) {
    const from = Atomics.add(task.nextRow, 0, ROWS_AT_ONCE);
    if (from >= rows) break;
    improveRows(matrix, gram, fixed, improved, task.dimensions, task.steps, from, Math.min(rows, from + ROWS_AT_ONCE));
  }
  parentPort?.postMessage(half);
});
