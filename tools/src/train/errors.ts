import { ToolError } from '../tool-error.js';

/** A trained model can't be brought to serve; the message says what to do. */
export class TrainError extends ToolError<'model-not-served' | 'items-refused' | 'promotion-uncertain'> {
  override readonly name = 'TrainError';
}
