/** A trained model can't be brought to serve; the message says what to do. */
export class TrainError extends Error {
  override readonly name = 'TrainError';

  constructor(
    readonly code: 'model-not-served' | 'items-refused' | 'promotion-uncertain',
    readonly canRetry: boolean,
    message: string,
    options?: { readonly cause: unknown },
  ) {
    super(message, options);
  }
}
