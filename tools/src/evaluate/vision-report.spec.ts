import { visionReportText, type VisionReport } from './vision-report.js';

const MEASURED = {
  photos: 4,
  accuracy: 0.75,
  top3: 1,
  macroF1: 0.7333,
  calibrationError: 0.0412,
  searchPrecision: 0.9,
  calibration: [],
  confusion: [
    [2, 0],
    [1, 1],
  ],
};
const REPORT: VisionReport = {
  from: 'labels.csv',
  kind: 'image-classifier',
  classes: ['hat', 'shoe'],
  priors: [0.5, 0.5],
  backbone: 'lite',
  head: 'gaussian',
  settings: { shrinkage: 0.5 },
  photos: { train: 1_000, validation: 5, test: 4 },
  validation: { ...MEASURED, accuracy: 0.8 },
  test: MEASURED,
  testWithItsPriors: { ...MEASURED, accuracy: 1 },
  seconds: 12.4,
  machine: { cores: 2 },
};

test('the report has the figures of each part, and the confusion of the test', () => {
  expect(visionReportText(REPORT))
    .toBe(`labels.csv: 1,000 photos to learn from, 5 for validation, 4 for the test, 2 classes.
Features: lite; head: gaussian, {"shrinkage":0.5}.

                                           accuracy  among 3  macro-F1  calibration error  search P@10
validation                                   0.8000   1.0000    0.7333             0.0412       0.9000
test                                         0.7500   1.0000    0.7333             0.0412       0.9000
test, its shares of the classes as priors    1.0000   1.0000    0.7333             0.0412       0.9000

What photos of the test part are (rows), and what they were taken for:
      hat  shoe
hat     2
shoe    1     1

Machine: {"cores":2}, 12 s
`);
});

test('without a test part the validation part is shown', () => {
  const text = visionReportText({ ...REPORT, backbone: null, test: null, testWithItsPriors: null });
  expect(text).toContain('Features: handcrafted');
  expect(text).toContain('What photos of the validation part are');
  expect(text).not.toContain('\ntest');
});
