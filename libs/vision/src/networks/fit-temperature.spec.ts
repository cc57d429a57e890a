import { SeededRandom } from '@offerstream/autodiff';
import { crossEntropy, fitTemperature } from './fit-temperature.js';

const random = new SeededRandom(1).next;

/** Logits whose softmax over `temperature` is how often each class comes. */
const measured = (temperature: number, count: number) => {
  const logits: number[] = [];
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
    logits.push(...scores.map((score) => score * temperature));
  }
  return { logits: Float32Array.from(logits), labels };
};

test.each([0.5, 1, 4])('finds the temperature by which labels were drawn: %p', (temperature) => {
  expect(fitTemperature(measured(temperature, 20_000)) / temperature).toBeCloseTo(1, 1);
});

test('nothing near it is better', () => {
  const logits = measured(2, 500);
  const fitted = fitTemperature(logits);
  const best = crossEntropy(logits, fitted);
  for (const other of [0.9, 0.99, 1.01, 1.1]) expect(crossEntropy(logits, other * fitted)).toBeGreaterThan(best);
});

test('cross-entropy is the mean of −log P(label)', () => {
  const logits = Float32Array.of(0, Math.log(3), 1000, 0);
  expect(crossEntropy({ logits, labels: [1, 0] })).toBeCloseTo(-Math.log(0.75) / 2, 6);
  expect(crossEntropy({ logits, labels: [0, 1] })).toBeCloseTo((Math.log(4) + 1000) / 2, 3);
});
