import { setImmediate } from 'node:timers/promises';
import type { MessagePort, Transferable } from 'node:worker_threads';
import type { ThreadAnswer, ThreadFailure, ThreadRequest } from './thread-messages.js';

/** Under what circumstances a thread works on a task. */
export interface Work {
  /** Fires when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Lets others have a turn, and the signal fire. */
  readonly pause: () => Promise<void>;
}

export interface TaskAnswers<Task, Part> {
  /** @param tell tells who asked a part of the answer */
  readonly workOn: (task: Task, work: Work, tell: (part: Part) => void) => Promise<object>;
  /** Undefined for an error that is a bug. */
  readonly failureOf: (error: unknown) => ThreadFailure | undefined;
  /** Memory of a result that is handed over instead of copied. */
  readonly handedOver: (result: object) => readonly Transferable[];
}

/** The thread's side of a `ThreadPool`: works on several tasks in turns. */
export const answerTasks = <Task, Part = never>(
  port: MessagePort,
  { workOn, failureOf, handedOver }: TaskAnswers<Task, Part>,
): void => {
  const working = new Map<number, AbortController>();
  const post = (answer: ThreadAnswer<Part>, transferred: readonly Transferable[] = []): void =>
    port.postMessage(answer, transferred);

  const answer = async (id: number, task: Task): Promise<void> => {
    const controller = new AbortController();
    const { signal } = controller;
    working.set(id, controller);
    try {
      const tell = (part: Part): void => post({ kind: 'part', id, part });
      const result = await workOn(task, { signal, pause: () => setImmediate() }, tell);
      post({ kind: 'done', id, result }, handedOver(result));
    } catch (error) {
      if (!signal.aborted) post({ id, ...(failureOf(error) ?? bug(error)) });
    } finally {
      working.delete(id);
    }
  };

  port.on('message', (request: ThreadRequest<Task>) => {
    if (request.kind === 'drop') working.get(request.id)?.abort();
    else void answer(request.id, request.task);
  });
};

const bug = (error: unknown) => ({
  kind: 'failed' as const,
  reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
});
