import {
  checkPhotos,
  checkTeachable,
  drawSplits,
  givenSplits,
  openClassFolders,
  openLabelledPhotos,
  photoReport,
  photoReportLines,
  type PhotoToLearn,
} from '@offerstream/vision';
import type { ProgressBar } from '../line/progress-bar.js';
import type { VisionOptions } from './vision-options.js';

type Source = Pick<VisionOptions, 'images' | 'labels' | 'perClass' | 'seed'>;

/**
 * Does something with the photos of a folder or of a label file, after it was said what they are.
 *
 * @throws VisionError `bad-labels`, `file-unreadable`, `nothing-to-learn-from`; the signal's reason when it aborts
 */
export const withPhotos = async <T>(
  source: Source,
  { bar, signal }: { readonly bar: ProgressBar; readonly signal: AbortSignal },
  use: (photos: readonly PhotoToLearn[]) => Promise<T>,
): Promise<T> => {
  const { images, labels = '', seed, perClass } = source;
  const set = await (images === undefined ? openLabelledPhotos(labels) : openClassFolders(images));
  try {
    const { photos, unreadable } = await checkPhotos(set, {
      signal,
      onProgress: (done) => bar.update(0, `looking through the photos: ${done} of ${set.photos.length}`),
    });
    // As the label file says, else at random.
    const split = givenSplits(photos) ?? drawSplits(photos, { seed, ...(perClass !== undefined && { perClass }) });
    const report = photoReport(split, unreadable);
    for (const line of photoReportLines(report)) bar.tell(line);
    checkTeachable(report);
    return await use(split.map((photo) => ({ ...photo, read: () => set.read(photo) })));
  } finally {
    await set.close();
  }
};
