import { classification } from './classification.js';
import { searchPrecision } from './search-precision.js';

const judged = (rows: readonly (readonly number[])[], labels: readonly number[]) => ({
  probabilities: Float32Array.from(rows.flat()),
  labels: Uint16Array.from(labels),
  classes: rows[0]?.length ?? 0,
});

test('accuracy, the three likeliest, F1 and confusion are counted', () => {
  const measured = classification(
    judged(
      [
        [0.7, 0.1, 0.1, 0.1],
        [0.1, 0.2, 0.3, 0.4],
        [0.6, 0.1, 0.2, 0.1],
        [0.1, 0.7, 0.1, 0.1],
        [0.3, 0.2, 0.4, 0.1],
      ],
      [0, 0, 2, 1, 1],
    ),
  );
  expect(measured).toMatchObject({ photos: 5, accuracy: 0.4, top3: 0.8 });
  expect(measured.confusion).toEqual([
    [1, 0, 0, 1],
    [0, 1, 1, 0],
    [1, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  // F1 of the four: 2/4, 2/3, 0 and 0.
  expect(measured.macroF1).toBeCloseTo((1 / 2 + 2 / 3) / 4);
});

test('a class that no photo has and none was taken for does not count', () => {
  expect(classification(judged([[0.9, 0.1, 0]], [0])).macroF1).toBe(1);
});

test('the calibration error is how far confidence and accuracy are apart, by bins of confidence', () => {
  const sure = [0.9, 0.1];
  const unsure = [0.6, 0.4];
  const { calibrationError, calibration } = classification(
    judged([sure, sure, unsure, unsure, unsure], [0, 1, 0, 0, 0]),
  );
  expect(calibrationError).toBeCloseTo((2 / 5) * 0.4 + (3 / 5) * 0.4);
  expect(calibration.filter(({ photos }) => photos > 0)).toEqual([
    { photos: 3, confidence: expect.closeTo(0.6) as unknown, accuracy: 1 },
    { photos: 2, confidence: expect.closeTo(0.9) as unknown, accuracy: 0.5 },
  ]);
});

test('search by photo counts those of the same class among the ten nearest', () => {
  const rows = (directions: readonly number[], labels: readonly number[]) => ({
    dimensions: 2,
    data: Float32Array.from(directions.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
    labels: Uint16Array.from(labels),
  });
  const near = Array.from({ length: 10 }, (_, i) => i / 100);
  const gallery = rows([...near, 3, 3.1, 3.2], [...near.map((_, i) => (i < 7 ? 0 : 1)), 0, 0, 0]);
  expect(searchPrecision(rows([0, 0], [0, 1]), gallery)).toBeCloseTo((0.7 + 0.3) / 2);
});
