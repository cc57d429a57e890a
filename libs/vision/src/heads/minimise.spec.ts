import { minimise } from './minimise.js';

test('finds the lowest point of a bowl that is a thousand times steeper one way than another', async () => {
  const steepness = [1, 30, 1_000];
  const bottom = [3, -2, 0.5];
  let looks = 0;
  const found = await minimise({
    start: new Float64Array(3),
    slopeAt: (point) => {
      looks++;
      const away = point.map((value, i) => value - (bottom[i] as number));
      return Promise.resolve({
        value: 1 + away.reduce((sum, value, i) => sum + ((steepness[i] as number) / 2) * value * value, 0),
        gradient: away.map((value, i) => (steepness[i] as number) * value),
      });
    },
    maxSteps: 100,
    tolerance: 1e-12,
  });
  bottom.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
  // Plain descent would need some thousand.
  expect(looks).toBeLessThan(60);
});
