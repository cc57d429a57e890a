export type LocalRunErrorCode =
  | 'disk-full'
  | 'folder-in-use'
  | 'interrupted'
  | 'kafka-data-elsewhere'
  | 'kafka-not-found'
  | 'kafka-unreachable'
  | 'not-started-here'
  | 'port-taken'
  | 'postgres-failed'
  | 'postgres-unreachable'
  | 'valkey-not-found'
  | 'part-not-ready';

/** Why something could not be brought up on this machine; the message is meant for a person and says what to do. */
export class LocalRunError extends Error {
  override readonly name = 'LocalRunError';
  readonly canRetry = false;

  constructor(
    readonly code: LocalRunErrorCode,
    message: string,
    options?: { readonly cause: unknown },
  ) {
    super(message, options);
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** True for an error that carries this code, for example Node's `ENOENT`. */
export const hasCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;
