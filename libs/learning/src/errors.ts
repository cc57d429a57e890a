export type LearningErrorCode =
  | 'not-in-time-order'
  | 'nothing-to-learn-from'
  | 'repository-name'
  | 'unknown-version'
  /** The version has nothing to place new items with. */
  | 'not-extendable';

/** Training or storing a model failed for a reason that the caller can mend: the message says how. */
export class LearningError extends Error {
  override readonly name = 'LearningError';
  readonly canRetry = false;

  constructor(
    readonly code: LearningErrorCode,
    message: string,
  ) {
    super(message);
  }
}
