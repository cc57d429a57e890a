import { ToolError } from '../tool-error.js';

/** Failed records can't be sent again; the message says what to do. */
export class RedriveError extends ToolError<'in-use'> {
  override readonly name = 'RedriveError';
}
