import { status, type ServiceError } from '@grpc/grpc-js';

export type InferenceErrorCode =
  /** The server can't be reached, or is starting. */
  | 'unavailable'
  | 'deadline-exceeded'
  /** The server's queue is full. */
  | 'overloaded'
  /** No such model or version is ready. */
  | 'not-found'
  /** The server refuses the request as it is. */
  | 'invalid'
  | 'cancelled'
  /** The server answered something that the protocol or the model's signature does not allow, or failed. */
  | 'failed';

const CODES: Readonly<Partial<Record<status, InferenceErrorCode>>> = {
  [status.UNAVAILABLE]: 'unavailable',
  [status.DEADLINE_EXCEEDED]: 'deadline-exceeded',
  [status.RESOURCE_EXHAUSTED]: 'overloaded',
  [status.NOT_FOUND]: 'not-found',
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.CANCELLED]: 'cancelled',
};

const RETRYABLE: ReadonlySet<InferenceErrorCode> = new Set(['unavailable', 'deadline-exceeded', 'overloaded']);

export class InferenceError extends Error {
  /** The same request may succeed later; inference changes nothing, so it may always be sent again. */
  readonly canRetry: boolean;

  constructor(
    readonly code: InferenceErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'InferenceError';
    this.canRetry = RETRYABLE.has(code);
  }
}

export const inferenceErrorFrom = (error: ServiceError, what: string): InferenceError =>
  new InferenceError(CODES[error.code] ?? 'failed', `${what}: ${error.details || error.message}`, error);
