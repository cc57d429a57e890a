import { gainOf, type Compared } from './gain.js';
import { randomNumbers } from './random.js';

const SEED = 1;

/** Answers of shoppers with some questions each, all of a shopper's alike. */
const answers = (shoppers: number, questionsEach: number): readonly Compared[] => {
  const random = randomNumbers(5);
  return Array.from({ length: shoppers }, (_, subject) => {
    const [ours, theirs] = [random(), random()];
    return Array.from({ length: questionsEach }, () => ({ subject, ours, theirs }));
  }).flat();
};
const width = ({ interval: [low, high] }: ReturnType<typeof gainOf>): number => high - low;

test('the gain is that of the means, within its interval', () => {
  const { gain, interval } = gainOf(
    [
      { subject: 0, ours: 0.2, theirs: 0.4 },
      { subject: 1, ours: 1, theirs: 0.4 },
    ],
    SEED,
  );
  expect(gain).toBeCloseTo(0.5);
  expect(interval[0]).toBeCloseTo(-0.5);
  expect(interval[1]).toBeCloseTo(1.5);
});

test('more shoppers make it surer, more questions of the same ones do not', () => {
  const few = gainOf(answers(40, 1), SEED);
  expect(width(gainOf(answers(640, 1), SEED))).toBeLessThan(width(few) / 2);
  expect(gainOf(answers(40, 16), SEED).interval[0]).toBeCloseTo(few.interval[0]);
});
