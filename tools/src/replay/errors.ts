import { ToolError } from '../tool-error.js';

export type ReplayErrorCode = 'no-placement' | 'in-use';

/** A history can't be replayed; the message says what to do. */
export class ReplayError extends ToolError<ReplayErrorCode> {
  override readonly name = 'ReplayError';
}
