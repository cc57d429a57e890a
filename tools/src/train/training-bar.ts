import { progressBar, type ProgressBar } from '../line/progress-bar.js';

/** Does a training with a bar. Where it is interrupted, it is told that nothing is lost. */
export const withTrainingBar = async (
  signal: AbortSignal,
  train: (bar: ProgressBar) => Promise<void>,
): Promise<void> => {
  const bar = progressBar();
  try {
    await train(bar);
  } catch (error) {
    bar.stop();
    if (signal.aborted) process.stderr.write('Interrupted. The same command goes on from here.\n');
    throw error;
  }
};
