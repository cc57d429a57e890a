// The program of a worker thread: it holds n-grams and tokenizers, asks inference, and works on several requests in turns.
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceClient, InferenceError } from '@offerstream/inference-client';
import { LanguageError } from '@offerstream/language';
import { completeTexts } from './complete-texts.js';
import { embedTexts } from './embed-texts.js';
import { LanguageRefusal, MODEL_AWAY } from './language-refusal.js';
import type { LanguageTask, TaskKind, TaskResults } from './language-tasks.js';
import { LoadedModels } from './loaded-models.js';
import { scoreText } from './score-text.js';
import type { WorkerAnswer, WorkerRequest, WorkerSettings } from './worker-messages.js';
import { writeCopy } from './write-copy.js';

const port = parentPort;
if (port === null) throw new Error('language-worker runs in a worker thread only.');

const { inferenceAddress } = workerData as WorkerSettings;
const models = new LoadedModels(new InferenceClient(inferenceAddress));
/** What is being worked on. */
const working = new Map<number, AbortController>();

const workOn = async (id: number, task: LanguageTask, signal: AbortSignal): Promise<TaskResults[TaskKind]> => {
  const work = { signal, pause: () => setImmediate() };
  switch (task.kind) {
    case 'complete':
      return completeTexts(await models.language(task.model), task, {
        ...work,
        onPart: (part) => port.postMessage({ kind: 'part', id, part } satisfies WorkerAnswer),
      });
    case 'score':
      return scoreText(await models.language(task.model), task, work);
    case 'copy':
      return writeCopy(await models.language(task.model), task, work);
    case 'embed':
      return embedTexts(await models.tokenizer(task.encoder), task, { ...work, run: models.encoder(task.encoder) });
  }
};

const answer = async (id: number, task: LanguageTask): Promise<void> => {
  const controller = new AbortController();
  working.set(id, controller);
  try {
    const result = await workOn(id, task, controller.signal);
    port.postMessage(
      { kind: 'done', id, result } satisfies WorkerAnswer,
      'vectors' in result ? [result.vectors.buffer] : [],
    );
  } catch (error) {
    if (!controller.signal.aborted) port.postMessage(failureOf(id, error));
  } finally {
    working.delete(id);
  }
};

const failureOf = (id: number, error: unknown): WorkerAnswer => {
  if (error instanceof LanguageRefusal) return { kind: 'refused', id, problem: error.problem };
  if (error instanceof InferenceError || error instanceof LanguageError) {
    const isAway = error.canRetry || error.code === 'not-found' || error.code === 'file-unreadable';
    return isAway ? { kind: 'refused', id, problem: MODEL_AWAY } : { kind: 'unusable', id, reason: error.message };
  }
  return { kind: 'failed', id, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
};

port.on('message', (request: WorkerRequest) => {
  if (request.kind === 'drop') working.get(request.id)?.abort();
  else void answer(request.id, request.task);
});
