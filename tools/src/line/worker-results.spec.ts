import { workerResults } from './worker-results.js';

const scriptOf = (text: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort, workerData } from 'node:worker_threads';${text}`)}`,
  );
const never = new AbortController().signal;

it('gives each result as soon as it is posted, in their order', async () => {
  const script = scriptOf('for (const each of workerData) parentPort.postMessage(each * 2);');
  expect(await Promise.all(workerResults<number>({ script, workerData: [1, 2], results: 2 }, never))).toEqual([2, 4]);
});

it('ends with the error of the thread, of which what was posted before stays', async () => {
  const script = scriptOf("parentPort.postMessage(1); setTimeout(() => { throw new Error('broken'); }, 50);");
  const [first, second] = workerResults<number>({ script, workerData: undefined, results: 2 }, never);
  const failed = expect(second).rejects.toThrow('broken');
  expect(await first).toBe(1);
  await failed;
});

it('ends with the thread that posts too little', async () => {
  const [only] = workerResults({ script: scriptOf(''), workerData: undefined, results: 1 }, never);
  await expect(only).rejects.toThrow('ended with exit code 0');
});

it('ends when it is told to', async () => {
  const stopping = new AbortController();
  const script = scriptOf('setInterval(() => undefined, 1_000);');
  const [only] = workerResults({ script, workerData: undefined, results: 1 }, stopping.signal);
  stopping.abort(new Error('enough'));
  await expect(only).rejects.toThrow('enough');
});
