import { randomNumbers } from '../random.js';
import { fitChoices } from './fit-choices.js';

const CANDIDATES = 4;

/** Choices by a softmax over two of three features, weighted 3 and 1; the third says nothing. */
const choices = (count: number): Float32Array => {
  const random = randomNumbers(3);
  const values: number[] = [];
  for (let choice = 0; choice < count; choice++) {
    const rows = Array.from({ length: CANDIDATES }, () => [random(), random(), random()]);
    const odds = rows.map(([a = 0, b = 0]) => Math.exp(3 * a + b));
    let left = random() * odds.reduce((sum, value) => sum + value, 0);
    const chosen = odds.findIndex((value) => (left -= value) < 0);
    values.push(...[...rows.splice(chosen, 1), ...rows].flat());
  }
  return Float32Array.from(values);
};

test('the weights are those by which was chosen', () => {
  const { weights } = fitChoices({ candidates: CANDIDATES, features: 3, values: choices(6_000) }, [0, 0, 0]);
  expect(weights[0]).toBeCloseTo(3, 0);
  expect(weights[1]).toBeCloseTo(1, 0);
  expect(weights[2]).toBeLessThan(0.15);
});

test('what is given beside the features is not learned again', () => {
  const values = choices(6_000);
  const given = Float32Array.from({ length: values.length / 3 }, (_, i) => 3 * (values[i * 3] as number));
  const fit = fitChoices({ candidates: CANDIDATES, features: 3, values, given }, [0, 0, 0]);
  expect(fit.weights[0]).toBeLessThan(0.15);
  expect(fit.weights[1]).toBeCloseTo(1, 0);
});

test('a weight that would be below 0 is 0, and without choices the weights are as expected', () => {
  const against = choices(2_000).map((value, i) => (i % 3 === 0 ? -value : value));
  expect(fitChoices({ candidates: CANDIDATES, features: 3, values: against }, [1, 1, 1]).weights[0]).toBe(0);
  expect(fitChoices({ candidates: CANDIDATES, features: 3, values: new Float32Array() }, [2, 0.5, 1]).weights).toEqual([
    2, 0.5, 1,
  ]);
});

test('a feature that only what was chosen has does not throw the weights to and fro', () => {
  const count = 1_000;
  const candidates = 41;
  const values = Float32Array.from({ length: count * candidates }, (_, i) => (i % candidates === 0 ? 1 : 0));
  const { weights, logLikelihood } = fitChoices({ candidates, features: 1, values }, [0]);
  const weight = weights[0] ?? NaN;
  // Where what one more would gain is what the prior takes.
  const missed = (candidates - 1) / (candidates - 1 + Math.exp(weight));
  expect(count * missed).toBeCloseTo(5 * weight, 1);
  expect(logLikelihood).toBeCloseTo(Math.log(1 - missed), 6);
});
