/** What a command can't do; the message says what to do about it. */
export abstract class ToolError<Code extends string> extends Error {
  constructor(
    readonly code: Code,
    readonly canRetry: boolean,
    message: string,
    options?: { readonly cause: unknown },
  ) {
    super(message, options);
  }
}
