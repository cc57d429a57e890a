export type ReplayErrorCode = 'no-placement' | 'in-use';

/** A history can't be replayed; the message says what to do. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';

  constructor(
    readonly code: ReplayErrorCode,
    readonly canRetry: boolean,
    message: string,
  ) {
    super(message);
  }
}
