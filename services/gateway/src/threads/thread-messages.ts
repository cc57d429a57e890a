import type { ProblemDetails } from '@offerstream/http-api';

export type ThreadRequest<Task> =
  | { readonly kind: 'task'; readonly id: number; readonly task: Task }
  /** Nobody waits for its answer any more. */
  | { readonly kind: 'drop'; readonly id: number };

/** A task is answered by any number of parts and one of the others. */
export type ThreadAnswer<Part> =
  | { readonly kind: 'part'; readonly id: number; readonly part: Part }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  /** Nobody waited for it any more, and its work has ended. */
  | { readonly kind: 'dropped'; readonly id: number }
  | ({ readonly id: number } & ThreadFailure);

/** Why a task is not answered. */
export type ThreadFailure =
  | { readonly kind: 'refused'; readonly problem: ProblemDetails }
  /** The model is not what it has to be. */
  | { readonly kind: 'unusable'; readonly reason: string }
  /** By a bug. */
  | { readonly kind: 'failed'; readonly reason: string };

/** What a thread is started with. */
export interface ThreadSettings {
  /** `host:port` of inference. */
  readonly inferenceAddress: string;
}
