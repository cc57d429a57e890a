// The program of a worker thread: it holds n-grams and tokenizers, asks inference, and works on several requests in turns.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceClient } from '@offerstream/inference-client';
import { LanguageError } from '@offerstream/language';
import { answerTasks, type Work } from '../threads/answer-tasks.js';
import type { ThreadSettings } from '../threads/thread-messages.js';
import { completeTexts } from './complete-texts.js';
import { embedTexts } from './embed-texts.js';
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

answerTasks<LanguageTask, CompletionPart>(port, {
  workOn,
  isOfModel: (error) => error instanceof LanguageError,
  handedOver: (result) => ('vectors' in result ? [(result as TaskResults['embed']).vectors.buffer] : []),
});
