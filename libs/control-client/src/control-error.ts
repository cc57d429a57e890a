/** The back office did not do what it was asked for; the message says why and what to do. */
export class ControlError extends Error {
  constructor(
    /** The `code` of the back office's answer, or `unreachable`, `no-token`, `unexpected-answer`. */
    readonly code: string,
    /** The same call may succeed later without anybody changing anything. */
    readonly canRetry: boolean,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ControlError';
  }
}
