export type VisionErrorCode =
  /** A file that can't be opened or read to its end. */
  | 'file-unreadable'
  /** A file that holds no image model, a damaged one, or one of another version. */
  | 'model-unusable'
  /** A label file with wrong lines: the message names them. */
  | 'bad-labels'
  /** No photos, fewer than two classes of them, or none to choose settings on. */
  | 'nothing-to-learn-from'
  /** An option outside its range. */
  | 'bad-option'
  /** Shares of classes that can't be how often they come. */
  | 'bad-priors';

/** Learning from photos, or loading what was learned, failed for a reason that the caller can mend: the message says how. */
export class VisionError extends Error {
  override readonly name = 'VisionError';
  readonly canRetry = false;

  constructor(
    readonly code: VisionErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
