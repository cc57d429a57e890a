import type { MeasuredPhotos } from '../training/head-judge.js';
import { imageClassifierCard, type ImageClassifierMetrics } from './image-classifier-card.js';

const measured = (accuracy: number): MeasuredPhotos => ({
  photos: 8,
  accuracy,
  top3: 1,
  macroF1: 0.7,
  calibrationError: 0.05,
  searchPrecision: 0.8,
  calibration: [
    { photos: 2, confidence: 0.25, accuracy: 0.5 },
    { photos: 0, confidence: 0, accuracy: 0 },
    { photos: 6, confidence: 0.9, accuracy: 1 },
  ],
  confusion: [
    [3, 1],
    [0, 4],
  ],
});
const METRICS: ImageClassifierMetrics = {
  kind: 'image-classifier',
  classes: ['hat', 'shirt <b> & "tie"'],
  priors: [0.25, 0.75],
  backbone: 'efficientnet-lite0',
  head: 'logistic',
  settings: { regularisation: 0.03 },
  photos: { train: 80, validation: 9, test: 8 },
  validation: measured(0.75),
  test: measured(0.875),
  testWithItsPriors: measured(1),
};

test('the card has the figures, the shares of the classes and the pictures', () => {
  const { card, pictures } = imageClassifierCard('demo.vision', METRICS);
  expect(card).toContain('| validation (9) | 0.750 | 1.000 | 0.700 | 0.050 | 0.800 |');
  expect(card).toContain('| test (8) | 0.875 |');
  expect(card).toContain('| test, its shares of the classes as priors | 1.000 |');
  expect(card).toContain('`efficientnet-lite0`');
  expect(card).toContain('hat 25.0 %');
  for (const name of Object.keys(pictures)) expect(card).toContain(`](${name})`);
});

test('without a test part that is said, and the validation part is shown', () => {
  const { card } = imageClassifierCard('demo.vision', {
    ...METRICS,
    backbone: null,
    test: null,
    testWithItsPriors: null,
  });
  expect(card).toContain('there was no test part');
  expect(card).not.toContain('| test');
  expect(card).toContain('handcrafted');
});

test('the pictures show each count and each bin, and names as text alone', () => {
  const { 'confusion.svg': confusion = '', 'calibration.svg': calibration = '' } = imageClassifierCard(
    'x',
    METRICS,
  ).pictures;
  expect(confusion.match(/<text[^>]*>(\d+)<\/text>/g)?.map((text) => text.replace(/<[^>]*>/g, ''))).toEqual([
    '3',
    '1',
    '4',
  ]);
  expect(confusion).toContain('fill-opacity="0.750"');
  expect(confusion).toContain('shirt &lt;b&gt; &amp; &quot;tie&quot;');
  expect(confusion).not.toContain('<b>');
  // An empty bin says nothing.
  expect(calibration.match(/<circle/g)).toHaveLength(2);
  expect(calibration).toContain('<circle cx="136.0" cy="200.0"');
});
