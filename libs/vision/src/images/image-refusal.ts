import { MAX_IMAGE_PIXELS } from './image-limits.js';

export type ImageRefusalCode =
  | 'image-empty'
  /** No JPEG, PNG or WebP by its content. */
  | 'image-type'
  /** More bytes or pixels than are taken. */
  | 'image-too-large'
  /** Begins as a photo and can't be decoded to its end. */
  | 'image-unreadable'
  | 'image-too-slow';

/** The bytes are no photo that is taken here: the message says why. */
export class ImageRefusal extends Error {
  override readonly name = 'ImageRefusal';
  readonly canRetry = false;
  /** What to do, made for people who send photos to an API. */
  readonly fix = `Send an undamaged JPEG, PNG or WebP of at most ${MAX_IMAGE_PIXELS / 1e6} million pixels.`;

  constructor(
    readonly code: ImageRefusalCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
