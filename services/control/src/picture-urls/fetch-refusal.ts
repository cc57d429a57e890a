/** Why a photo is not fetched from its URL. */
export type FetchRefusalCode =
  | 'url-not-allowed'
  | 'host-not-allowed'
  | 'host-unknown'
  | 'address-not-public'
  | 'no-answer'
  | 'bad-answer'
  | 'too-many-redirects'
  | 'too-large'
  | 'too-many-pictures'
  | 'given-up';

/** The message says to the tenant what is wrong; it tells nothing that was answered. */
export class FetchRefusal extends Error {
  override readonly name = 'FetchRefusal';

  constructor(
    readonly code: FetchRefusalCode,
    message: string,
    /** Whether it may be otherwise after a while. */
    readonly canRetry = false,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}
