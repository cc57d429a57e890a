import type { ImageRefusal } from '@offerstream/vision';
import { fieldRefusal, type TaskRefusal } from '../threads/task-refusal.js';

/** @param field where it stood in the request */
export const photoRefused = (field: string, { code, message, fix }: ImageRefusal): TaskRefusal =>
  fieldRefusal(code, field, message, fix);

export const priorsRefused = (reason: string): TaskRefusal =>
  fieldRefusal('bad-priors', 'priors', reason, 'Name classes of the model, with shares that sum to 1 at most.');
