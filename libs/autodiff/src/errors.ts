export type AutodiffErrorCode =
  /** The loss depends on a value through an operator that has no gradient rule, or has one in other cases only. */
  | 'no-gradient'
  /** The loss does not depend on the value. */
  | 'no-influence'
  /** What a model's function gave back, or a value that should go into its graph, does not fit. */
  | 'model-invalid'
  /** A step's loss or gradient is NaN or infinite; the parameters are those before that step. */
  | 'not-finite'
  /** A step, an evaluation or a change of state began while another step ran. */
  | 'busy'
  /** The checkpoint could not be written, for example because the disk is full; the one before it is as it was. */
  | 'checkpoint-unwritable'
  /** The file is missing or can't be read. */
  | 'checkpoint-unreadable'
  /** The file is not a checkpoint, is cut short, or was changed. */
  | 'checkpoint-damaged'
  /** The checkpoint has another format version. */
  | 'checkpoint-version'
  /** The checkpoint is of another model, or of a training with other settings. */
  | 'checkpoint-mismatch';

export class AutodiffError extends Error {
  override readonly name = 'AutodiffError';
  readonly canRetry = false;

  constructor(
    readonly code: AutodiffErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
