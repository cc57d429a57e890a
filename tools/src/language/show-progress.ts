import type { ProgressBar } from '../line/progress-bar.js';
import type { LearnOptions } from './learn-language-model.js';

/** Shows a training on a bar, and what each of its epochs came to. */
export const showProgress = (bar: ProgressBar): Pick<LearnOptions, 'onProgress' | 'onResume'> => ({
  onProgress: (share, note, milestone = false) => {
    if (milestone) bar.tell(note);
    bar.update(share, note);
  },
  onResume: ({ step, epoch }) =>
    bar.tell(`Going on with the training that was interrupted in epoch ${epoch}, after ${step} steps.`),
});
