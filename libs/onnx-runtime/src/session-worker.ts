// The program of a worker thread: it holds sessions and answers the pool's requests one after the other.
import { parentPort } from 'node:worker_threads';
import { OnnxRuntimeError } from './errors.js';
import { ProviderChoice } from './provider-choice.js';
import { rowsPerRun, runInBlocks } from './row-blocks.js';
import { openSession, type Session } from './session.js';
import { unpackTensors } from './tensor-bytes.js';
import type { WorkerAnswer, WorkerRequest } from './worker-messages.js';

const port = parentPort;
if (port === null) throw new Error('session-worker runs in a worker thread only.');

const models = new Map<number, Session>();
const choice = new ProviderChoice(openSession, () => performance.now());

const handle = async (request: WorkerRequest): Promise<WorkerAnswer> => {
  const { id } = request;
  switch (request.kind) {
    case 'load': {
      const { session, report } = await choice.load(request.path, request.providers);
      models.set(request.model, session);
      return { id, kind: 'loaded', loaded: { inputs: session.inputs, outputs: session.outputs, report } };
    }
    case 'run': {
      const session = models.get(request.model);
      if (session === undefined) throw new OnnxRuntimeError('closed', 'The model is not loaded in this worker.');
      const feeds = unpackTensors(request.feeds);
      return { id, kind: 'ran', outputs: await runInBlocks(session, feeds, request.outputs, rowsPerRun(session)) };
    }
    case 'unload': {
      await models.get(request.model)?.close();
      models.delete(request.model);
      return { id, kind: 'done' };
    }
    case 'close': {
      for (const session of models.values()) await session.close();
      models.clear();
      return { id, kind: 'done' };
    }
  }
};

const answer = async (request: WorkerRequest): Promise<void> => {
  try {
    const result = await handle(request);
    port.postMessage(result, result.kind === 'ran' ? [result.outputs.buffer] : []);
  } catch (error) {
    // Anything else is a bug and ends the worker, and with it the process.
    if (!(error instanceof OnnxRuntimeError)) throw error;
    port.postMessage({
      id: request.id,
      kind: 'failed',
      code: error.code,
      message: error.message,
    } satisfies WorkerAnswer);
  }
  if (request.kind === 'close') port.close();
};

let before = Promise.resolve();
port.on('message', (request: WorkerRequest) => {
  before = before.then(() => answer(request));
});
