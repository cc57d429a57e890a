export type LanguageErrorCode =
  /** A file that can't be opened or read to its end. */
  | 'file-unreadable'
  /** Bytes that are no text. */
  | 'not-text'
  | 'line-too-long'
  /** No words, or none left for what was asked. */
  | 'nothing-to-learn-from'
  /** An option outside its range. */
  | 'bad-option'
  /** A file that holds no model, a damaged one, or one of another version. */
  | 'model-unusable'
  /** Models of different vocabularies were put together. */
  | 'vocabularies-differ';

/** Reading a text, learning from it or loading a model failed for a reason that the caller can mend: the message says how. */
export class LanguageError extends Error {
  override readonly name = 'LanguageError';
  readonly canRetry = false;

  constructor(
    readonly code: LanguageErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
