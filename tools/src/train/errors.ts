import { ToolError } from '../tool-error.js';

export type TrainErrorCode =
  'model-not-served' | 'items-refused' | 'promotion-uncertain' | 'in-use' | 'no-titles' | 'no-backbone' | 'not-finite';

/** A model can't be trained or brought to serve; the message says what to do. */
export class TrainError extends ToolError<TrainErrorCode> {
  override readonly name = 'TrainError';
}
