// The program of a worker thread: it holds n-grams and tokenizers, asks inference, and works on several requests in turns.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceClient, InferenceError } from '@offerstream/inference-client';
import { LanguageError } from '@offerstream/language';
import { MODEL_AWAY } from '../models/model-problems.js';
import { answerTasks, type Work } from '../threads/answer-tasks.js';
import type { ThreadFailure, ThreadSettings } from '../threads/thread-messages.js';
import { completeTexts } from './complete-texts.js';
import { embedTexts } from './embed-texts.js';
import { LanguageRefusal } from './language-refusal.js';
import type { CompletionPart, LanguageTask, TaskKind, TaskResults } from './language-tasks.js';
import { LoadedModels } from './loaded-models.js';
import { scoreText } from './score-text.js';
import { writeCopy } from './write-copy.js';

const port = parentPort;
if (port === null) throw new Error('language-worker runs in a worker thread only.');

const { inferenceAddress } = workerData as ThreadSettings;
const models = new LoadedModels(new InferenceClient(inferenceAddress));

const workOn = async (
  task: LanguageTask,
  work: Work,
  onPart: (part: CompletionPart) => void,
): Promise<TaskResults[TaskKind]> => {
  switch (task.kind) {
    case 'complete':
      return completeTexts(await models.language(task.model), task, { ...work, onPart });
    case 'score':
      return scoreText(await models.language(task.model), task, work);
    case 'copy':
      return writeCopy(await models.language(task.model), task, work);
    case 'embed':
      return embedTexts(await models.tokenizer(task.encoder), task, { ...work, run: models.encoder(task.encoder) });
  }
};

const failureOf = (error: unknown): ThreadFailure | undefined => {
  if (error instanceof LanguageRefusal) return { kind: 'refused', problem: error.problem };
  if (!(error instanceof InferenceError || error instanceof LanguageError)) return undefined;
  const isAway = error.canRetry || error.code === 'not-found' || error.code === 'file-unreadable';
  return isAway ? { kind: 'refused', problem: MODEL_AWAY } : { kind: 'unusable', reason: error.message };
};

answerTasks<LanguageTask, CompletionPart>(port, {
  workOn,
  failureOf,
  handedOver: (result) => ('vectors' in result ? [(result as TaskResults['embed']).vectors.buffer] : []),
});
