export type HistoryErrorCode = 'mapping' | 'no-file' | 'columns' | 'nothing-to-read' | 'nothing-left';

/** A shop's recorded events can't be used; the message says what to do. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly canRetry = false;

  constructor(
    readonly code: HistoryErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
