import { ToolError } from '../tool-error.js';

export type VectorsErrorCode = 'no-image-model';

/** Vectors can't be made; the message says what to do. */
export class VectorsError extends ToolError<VectorsErrorCode> {
  override readonly name = 'VectorsError';
}
