import { VisionError } from '../errors.js';
import type { UnreadablePhoto } from './check-photos.js';
import type { SplitPhoto } from './draw-splits.js';
import { SPLITS, type LabelledPhoto, type Split } from './labelled-photo.js';

export interface ClassCounts extends Readonly<Record<Split, number>> {
  readonly label: string;
}

/** What there is to learn from, and what a person should know of it before. */
export interface PhotoReport {
  /** Sorted by name. */
  readonly classes: readonly ClassCounts[];
  /** Classes with one photo, which can be learned and not be tested. */
  readonly single: readonly string[];
  /** Classes with photos and none of them to learn from. */
  readonly untaught: readonly string[];
  /** Equal files in several splits: a figure on them is too good. */
  readonly acrossSplits: readonly (readonly SplitPhoto[])[];
  /** Equal files with several labels: at most one of them is right. */
  readonly contradictions: readonly (readonly SplitPhoto[])[];
  readonly unreadable: readonly UnreadablePhoto[];
}

export const photoReport = (photos: readonly SplitPhoto[], unreadable: readonly UnreadablePhoto[]): PhotoReport => {
  const classes = [...Map.groupBy(photos, ({ label }) => label)]
    .map(([label, ofClass]): ClassCounts => {
      const counts = { train: 0, validation: 0, test: 0 };
      for (const { split } of ofClass) counts[split]++;
      return { label, ...counts };
    })
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  const equal = [...Map.groupBy(photos, ({ sha256 }) => sha256).values()].filter((same) => same.length > 1);
  const differ = (same: readonly SplitPhoto[], of: (photo: SplitPhoto) => string) => new Set(same.map(of)).size > 1;
  return {
    classes,
    single: classes.filter((counts) => sizeOf(counts) === 1).map(({ label }) => label),
    untaught: classes.filter(({ train }) => train === 0).map(({ label }) => label),
    acrossSplits: equal.filter((same) => differ(same, ({ split }) => split)),
    contradictions: equal.filter((same) => differ(same, ({ label }) => label)),
    unreadable,
  };
};

const sizeOf = (counts: ClassCounts) => SPLITS.reduce((sum, split) => sum + counts[split], 0);

/** @throws {VisionError} `nothing-to-learn-from` */
export const checkTeachable = ({ classes }: PhotoReport): void => {
  const taught = classes.filter(({ train }) => train > 0).length;
  if (taught < 2)
    throw new VisionError(
      'nothing-to-learn-from',
      `there are readable training photos of ${taught} class${taught === 1 ? '' : 'es'}: two are the least`,
    );
};

/** Of a long list, the first ones show what is meant. */
const NAMED = 5;

/** The report as it is printed, a line each. */
export const photoReportLines = (report: PhotoReport): readonly string[] => {
  const total = (split: Split) => report.classes.reduce((sum, counts) => sum + counts[split], 0);
  return [
    `classes: ${report.classes.length}, photos: ${SPLITS.map((split) => `${total(split)} ${split}`).join(', ')}`,
    ...named('classes with one photo', report.single),
    ...named('classes without a training photo', report.untaught),
    ...named('equal photos in several splits', report.acrossSplits.map(together)),
    ...named('equal photos with several labels', report.contradictions.map(together)),
    ...named(
      'unreadable photos, left out',
      report.unreadable.map(({ photo, reason }) => `${placeOf(photo)}: ${reason}`),
    ),
  ];
};

const named = (what: string, items: readonly string[]): readonly string[] => {
  if (items.length === 0) return [];
  const more = items.length > NAMED ? [`  and ${items.length - NAMED} more`] : [];
  return [`${what} (${items.length}):`, ...items.slice(0, NAMED).map((item) => `  ${item}`), ...more];
};

const together = (photos: readonly SplitPhoto[]) =>
  photos.map((photo) => `${placeOf(photo)} (${photo.label}, ${photo.split})`).join(' = ');

const placeOf = ({ path, line }: LabelledPhoto) => (line === undefined ? path : `${path} in line ${line}`);
