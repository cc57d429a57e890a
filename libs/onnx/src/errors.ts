export type OnnxGraphErrorCode =
  | 'wrong-type'
  | 'wrong-rank'
  | 'wrong-shape'
  | 'bad-attribute'
  | 'duplicate-name'
  | 'unknown-dimension'
  | 'foreign-value'
  | 'no-output';

/** A graph that cannot be built. The message names the node and its operator, what was expected and what was got. */
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
