import { Worker } from 'node:worker_threads';

export interface WorkerTask {
  /** What the thread runs; it posts its results one after the other. */
  readonly script: URL;
  readonly workerData: unknown;
  /** How many results there will be. */
  readonly results: number;
}

/**
 * Results of a thread of their own, for what computes for seconds in a process that has others to watch over.
 *
 * @returns each result as soon as it is posted
 * @throws the signal's reason when it aborts, or the error of the thread
 */
export const workerResults = <Result>(
  { script, workerData, results }: WorkerTask,
  signal: AbortSignal,
): readonly Promise<Result>[] => {
  const posted = Array.from({ length: results }, () => Promise.withResolvers<Result>());
  const reject = (reason: Error): void => {
    for (const each of posted) each.reject(reason);
  };
  const worker = new Worker(script, { workerData });
  const stop = (): void => {
    reject(signal.reason as Error);
    void worker.terminate();
  };
  signal.addEventListener('abort', stop, { once: true });
  let count = 0;
  worker.on('message', (result: Result) => posted[count++]?.resolve(result));
  worker.once('error', reject);
  worker.once('exit', (code) => {
    signal.removeEventListener('abort', stop);
    reject(new Error(`The thread that runs ${script.pathname} ended with exit code ${code}.`));
  });
  return posted.map(({ promise }) => promise);
};
