import { setImmediate } from 'node:timers/promises';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { InferenceError } from '@offerstream/inference-client';
import { MODEL_AWAY } from '../models/model-problems.js';
import { TaskRefusal } from './task-refusal.js';
import type { ThreadAnswer, ThreadFailure, ThreadRequest } from './thread-messages.js';

/** Under what circumstances a thread works on a task. */
export interface Work {
  /** Fires when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Lets others have a turn, and the signal fire. */
  readonly pause: () => Promise<void>;
}

/** What a library throws that reads models. */
export interface ModelError extends Error {
  readonly code: string;
  readonly canRetry: boolean;
}

export interface TaskAnswers<Task, Part> {
  /** @param tell tells who asked a part of the answer */
  readonly workOn: (task: Task, work: Work, tell: (part: Part) => void) => Promise<object>;
  /** Whether an error says that a model's files are gone, or are not what they have to be. */
  readonly isOfModel: (error: unknown) => error is ModelError;
  /** Memory of a result that is handed over instead of copied. */
  readonly handedOver: (result: object) => readonly Transferable[];
}

/** The thread's side of a `ThreadPool`: works on several tasks in turns. */
export const answerTasks = <Task, Part = never>(
  port: MessagePort,
  { workOn, isOfModel, handedOver }: TaskAnswers<Task, Part>,
): void => {
  const working = new Map<number, AbortController>();
  const post = (answer: ThreadAnswer<Part>, transferred: readonly Transferable[] = []): void =>
    port.postMessage(answer, transferred);

  const failureOf = (error: unknown): ThreadFailure => {
    if (error instanceof TaskRefusal) return { kind: 'refused', problem: error.problem };
    if (error instanceof InferenceError || isOfModel(error)) {
      const isAway = error.canRetry || error.code === 'not-found' || error.code === 'file-unreadable';
      return isAway ? { kind: 'refused', problem: MODEL_AWAY } : { kind: 'unusable', reason: error.message };
    }
    return { kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  };

  const answer = async (id: number, task: Task): Promise<void> => {
    const controller = new AbortController();
    const { signal } = controller;
    working.set(id, controller);
    try {
      const tell = (part: Part): void => post({ kind: 'part', id, part });
      const result = await workOn(task, { signal, pause: () => setImmediate() }, tell);
      post({ kind: 'done', id, result }, handedOver(result));
    } catch (error) {
      post(signal.aborted ? { kind: 'dropped', id } : { id, ...failureOf(error) });
    } finally {
      working.delete(id);
    }
  };

  port.on('message', (request: ThreadRequest<Task>) => {
    if (request.kind === 'drop') working.get(request.id)?.abort();
    else void answer(request.id, request.task);
  });
};
