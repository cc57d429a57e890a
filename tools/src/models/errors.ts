import { ToolError } from '../tool-error.js';

export type ModelsErrorCode =
  'unknown-name' | 'no-pip' | 'fetch-failed' | 'wrong-content' | 'no-such-version' | 'promoted' | 'promotions-unknown';

/** A model can't be added, shown or removed; the message says what to do. */
export class ModelsError extends ToolError<ModelsErrorCode> {
  override readonly name = 'ModelsError';
}
