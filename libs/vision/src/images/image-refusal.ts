export type ImageRefusalCode =
  | 'image-empty'
  /** No JPEG, PNG or WebP by its content. */
  | 'image-type'
  /** More bytes or pixels than are taken. */
  | 'image-too-large'
  /** Begins as a photo and can't be decoded to its end. */
  | 'image-unreadable'
  | 'image-too-slow';

/** The bytes are no photo that is taken here: the message says why and what to send. */
export class ImageRefusal extends Error {
  override readonly name = 'ImageRefusal';
  readonly canRetry = false;

  constructor(
    readonly code: ImageRefusalCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
