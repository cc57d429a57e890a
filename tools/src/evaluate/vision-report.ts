import type { ImageClassifierMetrics, MeasuredPhotos } from '@offerstream/vision';
import { unitsText } from '../line/amounts.js';
import { textTable } from '../line/text-table.js';

/** What a classifier scored; contents of `--json`. */
export interface VisionReport extends ImageClassifierMetrics {
  /** The folder or the file of labels. */
  readonly from: string;
  /** Of the run that ended it; features that were made before do not count. */
  readonly seconds: number;
  readonly machine: object;
}

/** The report for people. */
export const visionReportText = (report: VisionReport): string => {
  const { from, classes, photos, backbone, head, settings, validation, test, testWithItsPriors } = report;
  const rows = [
    ...row('validation', validation),
    ...row('test', test),
    ...row('test, its shares of the classes as priors', testWithItsPriors),
  ];
  const { confusion } = test ?? validation;
  const confusionRows = confusion.map((counts, c) => [
    classes[c] ?? '',
    ...counts.map((count) => (count === 0 ? '' : String(count))),
  ]);
  return `${from}: ${unitsText(photos.train)} photos to learn from, ${unitsText(photos.validation)} for validation, ${unitsText(photos.test)} for the test, ${classes.length} classes.
Features: ${backbone ?? 'handcrafted'}; head: ${head}, ${JSON.stringify(settings)}.

${textTable(['', 'accuracy', 'among 3', 'macro-F1', 'calibration error', 'search P@10'], rows, 1)}

What photos of the ${test === null ? 'validation' : 'test'} part are (rows), and what they were taken for:
${textTable(['', ...classes], confusionRows, 1)}

Machine: ${JSON.stringify(report.machine)}, ${Math.round(report.seconds)} s
`;
};

const row = (what: string, measured: MeasuredPhotos | null): readonly (readonly string[])[] => {
  if (measured === null) return [];
  const { accuracy, top3, macroF1, calibrationError, searchPrecision } = measured;
  return [[what, ...[accuracy, top3, macroF1, calibrationError, searchPrecision].map((figure) => figure.toFixed(4))]];
};
