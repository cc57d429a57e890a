import { rowCount, type LabelledRows } from '../heads/feature-rows.js';

/** How many of the photos that are found are looked at. */
export const FOUND = 10;

/**
 * Search by photo: the share, among the {@link FOUND} nearest by cosine, of photos with the class of the photo that asks; the mean over those
 * that ask.
 *
 * @param queries embeddings of unit length
 * @param gallery likewise
 */
export const searchPrecision = (queries: LabelledRows, gallery: LabelledRows): number => {
  const { dimensions } = queries;
  const found = Math.min(FOUND, rowCount(gallery));
  let same = 0;
  queries.labels.forEach((label, query) => {
    const asked = queries.data.subarray(query * dimensions, (query + 1) * dimensions);
    const nearness = Array.from(gallery.labels, (of, row) => {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += (asked[d] as number) * (gallery.data[row * dimensions + d] as number);
      return { of, sum };
    });
    nearness.sort((a, b) => b.sum - a.sum);
    same += nearness.slice(0, found).filter(({ of }) => of === label).length / found;
  });
  return same / queries.labels.length;
};
