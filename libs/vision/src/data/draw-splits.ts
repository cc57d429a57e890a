import { SeededRandom } from '@offerstream/autodiff';
import type { CheckedPhoto } from './check-photos.js';
import type { Split } from './labelled-photo.js';

export type SplitPhoto = CheckedPhoto & { readonly split: Split };

/** Of ten photos of a class, one is for validation and one for test. */
const HELD_OUT_SHARE = 0.1;

/**
 * Puts photos into splits at random, class by class, so that each split has every class that has three photos. Equal files come into one
 * split, else a test would ask for what was learned by heart.
 *
 * @param perClass at most so many photos of each class are taken; all without it
 * @returns in the order of `photos`
 */
export const drawSplits = (
  photos: readonly CheckedPhoto[],
  { seed, perClass = Infinity }: { readonly seed: number; readonly perClass?: number },
): readonly SplitPhoto[] => {
  const random = new SeededRandom(seed);
  const splits = new Map<string, Split>();
  const drawn = new Set<CheckedPhoto>();
  for (const ofClass of Map.groupBy(photos, ({ label }) => label).values()) {
    const taken = shuffled(ofClass, random).slice(0, perClass);
    for (const photo of taken) drawn.add(photo);
    const files = [...new Set(taken.map(({ sha256 }) => sha256))];
    const heldOut = files.length < 3 ? 0 : Math.max(1, Math.round(files.length * HELD_OUT_SHARE));
    for (const [at, file] of files.entries()) {
      splits.set(file, at < heldOut ? 'validation' : at < 2 * heldOut ? 'test' : 'train');
    }
  }
  return photos.flatMap((photo) => {
    const split = splits.get(photo.sha256);
    return split !== undefined && drawn.has(photo) ? [{ ...photo, split }] : [];
  });
};

/** Fisher and Yates. */
const shuffled = <T>(items: readonly T[], random: SeededRandom): readonly T[] => {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random.next() * (at + 1));
    [order[at], order[other]] = [order[other] as T, order[at] as T];
  }
  return order;
};

/** The photos as their label file splits them; undefined where it says nothing. */
export const givenSplits = (photos: readonly CheckedPhoto[]): readonly SplitPhoto[] | undefined => {
  const split = photos.filter((photo): photo is SplitPhoto => photo.split !== undefined);
  return split.length === 0 ? undefined : split;
};
