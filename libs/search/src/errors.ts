export type SearchErrorCode =
  /** Not as long as the others, not finite, or of length 0, which points nowhere. */
  'bad-vector';

/** What was put into an index can't be: the message says why. */
export class SearchError extends Error {
  override readonly name = 'SearchError';
  readonly canRetry = false;

  constructor(
    readonly code: SearchErrorCode,
    message: string,
  ) {
    super(message);
  }
}
