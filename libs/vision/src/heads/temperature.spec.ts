import { SeededRandom } from '@offerstream/autodiff';
import { fitTemperature, logLoss } from './temperature.js';

const random = new SeededRandom(1).next;

const EVEN = [0, 0, 0];

/** Scores whose softmax over `temperature` is how often each class comes. */
const measured = (temperature: number, count: number) => {
  const all: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < count; i++) {
    const scores = [0, 1, 2].map(() => 3 * random());
    const shares = scores.map((score) => Math.exp(score));
    let left = random() * shares.reduce((sum, share) => sum + share, 0);
    labels.push(
      Math.max(
        0,
        shares.findIndex((share) => (left -= share) < 0),
      ),
    );
    all.push(...scores.map((score) => score * temperature));
  }
  return { scores: Float32Array.from(all), labels: Uint16Array.from(labels) };
};

test.each([0.5, 1, 4])('finds the temperature by which labels were drawn: %p', (temperature) => {
  expect(fitTemperature(measured(temperature, 5_000), EVEN).temperature / temperature).toBeCloseTo(1, 1);
});

test('nothing near it is better', () => {
  const held = measured(2, 500);
  const { temperature, loss } = fitTemperature(held, EVEN);
  for (const other of [0.9, 0.99, 1.01, 1.1]) expect(logLoss(held, other * temperature, EVEN)).toBeGreaterThan(loss);
});

test('the loss is the mean of −log P(label), with what is added to the scores', () => {
  const scores = Float32Array.of(0, Math.log(3), 1000, 0);
  const loss = (labels: readonly number[], offsets: readonly number[]) =>
    logLoss({ scores, labels: Uint16Array.from(labels) }, 1, offsets);
  expect(loss([1, 0], [0, 0])).toBeCloseTo(-Math.log(0.75) / 2, 6);
  expect(loss([0, 1], [0, 0])).toBeCloseTo((Math.log(4) + 1000) / 2, 3);
  expect(loss([1, 0], [Math.log(3), 0])).toBeCloseTo(Math.log(2) / 2, 6);
});
