import {
  learnLanguageModel,
  type LanguageSettings,
  type LearnedLanguageModel,
  type SplitText,
  type WordLines,
} from '@offerstream/language';
import { lineFolders } from '../line/line-folders.js';
import type { ProgressBar } from '../line/progress-bar.js';
import { inTrainingFolder } from '../train/training-folder.js';

export interface TrainOnTextOptions {
  /** Data folder of the line. */
  readonly data: string;
  /** Of the training. */
  readonly name: string;
  /** All that is learned from. */
  readonly texts: readonly WordLines[];
  /** The same in its parts. */
  readonly split: SplitText;
  readonly settings: LanguageSettings;
  readonly threads: number;
  readonly bar: ProgressBar;
  readonly signal: AbortSignal;
}

/**
 * Learns a language model, and shows how far it is. A training that was interrupted goes on.
 *
 * @param use makes something of the model; until that is done, nothing has to be learned again
 * @throws TrainError `in-use`, and whatever learning and use throw
 */
export const trainOnText = <T>(
  { data, name, texts, split, settings, threads, bar, signal }: TrainOnTextOptions,
  use: (learned: LearnedLanguageModel) => Promise<T>,
): Promise<T> =>
  inTrainingFolder(
    {
      folder: lineFolders(data).training,
      name,
      content: [
        JSON.stringify(settings),
        ...texts.flatMap(({ words, tokens, starts }) => [JSON.stringify(words), tokens, starts]),
      ],
    },
    async (checkpoints) => {
      const learned = await learnLanguageModel({
        split,
        settings,
        checkpoints,
        threads,
        now: () => performance.now(),
        signal,
        onResume: ({ step, epoch }) =>
          bar.tell(`Going on with the training that was interrupted in epoch ${epoch}, after ${step} steps.`),
        onProgress: (share, note, milestone = false) => {
          if (milestone) bar.tell(note);
          bar.update(share, note);
        },
      });
      return use(learned);
    },
  );
