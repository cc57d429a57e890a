import type { ProblemDetails } from '@offerstream/http-api';
import type { CompletionPart, LanguageTask, TaskKind, TaskResults } from './language-tasks.js';

export type WorkerRequest =
  | { readonly kind: 'task'; readonly id: number; readonly task: LanguageTask }
  /** Nobody waits for its answer any more. */
  | { readonly kind: 'drop'; readonly id: number };

/** A task is answered by any number of parts and one of the others. */
export type WorkerAnswer =
  | { readonly kind: 'part'; readonly id: number; readonly part: CompletionPart }
  | { readonly kind: 'done'; readonly id: number; readonly result: TaskResults[TaskKind] }
  | { readonly kind: 'refused'; readonly id: number; readonly problem: ProblemDetails }
  /** The model is not what it has to be. */
  | { readonly kind: 'unusable'; readonly id: number; readonly reason: string }
  /** By a bug. */
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };

/** What a worker is started with. */
export interface WorkerSettings {
  /** `host:port` of inference. */
  readonly inferenceAddress: string;
}
