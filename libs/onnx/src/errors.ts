export type OnnxGraphErrorCode =
  | 'wrong-type'
  | 'wrong-rank'
  | 'wrong-shape'
  | 'bad-attribute'
  | 'duplicate-name'
  | 'unknown-dimension'
  | 'foreign-value'
  | 'no-output'
  /** There is no value of that name to change or to build on. */
  | 'unknown-value'
  /** What was to go is needed by something that stays. */
  | 'in-use'
  /** The model's operator set has another form of an operator than the one that is added. */
  | 'operator-set-too-old';

/** A graph that cannot be built or changed so. The message names the node and its operator, what was expected and what was got. */
export class OnnxGraphError extends Error {
  override readonly name = 'OnnxGraphError';
  readonly canRetry = false;

  constructor(
    readonly code: OnnxGraphErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export type OnnxFileErrorCode =
  /** Missing, no file, or not for this user. */
  | 'unreadable'
  | 'too-large'
  | 'truncated'
  /** Something else, or a damaged file. */
  | 'not-onnx'
  /** Weights in files beside the model. */
  | 'external-data'
  /** Operators of a domain that ONNX Runtime does not have and the file does not define. */
  | 'unknown-operators';

/** An ONNX file that can't be taken; the message says why, and what would help. */
export class OnnxFileError extends Error {
  override readonly name = 'OnnxFileError';
  readonly canRetry = false;

  constructor(
    readonly code: OnnxFileErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
