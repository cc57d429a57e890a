/** Failed records can't be sent again; the message says what to do. */
export class RedriveError extends Error {
  override readonly name = 'RedriveError';

  constructor(
    readonly code: 'in-use',
    readonly canRetry: boolean,
    message: string,
  ) {
    super(message);
  }
}
