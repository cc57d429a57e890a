export type OnnxRuntimeErrorCode =
  /** The file is missing, is not ONNX, or holds something that can't be run here. */
  | 'model-unusable'
  /** This machine or this build of ONNX Runtime can't offer the execution provider. */
  | 'provider-unavailable'
  /** An input is missing, unknown, or has the wrong type, shape or length. */
  | 'input-invalid'
  /** ONNX Runtime gave up in the middle of a run. */
  | 'run-failed'
  /** As many runs wait as the pool accepts. */
  | 'queue-full'
  /** The caller left before the run began. */
  | 'cancelled'
  /** The session, the model or the pool was closed. */
  | 'closed';

const RETRYABLE: ReadonlySet<OnnxRuntimeErrorCode> = new Set(['queue-full']);

export class OnnxRuntimeError extends Error {
  readonly canRetry: boolean;

  constructor(
    readonly code: OnnxRuntimeErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OnnxRuntimeError';
    this.canRetry = RETRYABLE.has(code);
  }
}
