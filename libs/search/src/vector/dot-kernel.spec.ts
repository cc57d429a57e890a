import { SeededRandom } from '@offerstream/autodiff';
import { createDotKernel } from './dot-kernel.js';

test.each([
  [1, 16, 8191],
  [3, 16, 8191],
  [5, 384, 8191],
  [2, 8000, 2113],
])('%p rows of %p numbers, the greatest that fit, too', (rows, dimensions, querySteps) => {
  const random = new SeededRandom(rows).next;
  const { memory, dot } = createDotKernel();
  memory.grow(1);
  const query = new Int16Array(memory.buffer, 0, dimensions);
  const codes = new Int8Array(memory.buffer, 32_000, rows * dimensions);
  const out = new Int32Array(memory.buffer, 32_000 + rows * dimensions, rows);
  const extremes = (steps: number): number => Math.sign(random() - 0.2) * steps;
  for (const fill of [extremes, (steps: number) => Math.round((random() * 2 - 1) * steps)]) {
    for (let at = 0; at < query.length; at++) query[at] = fill(querySteps);
    for (let at = 0; at < codes.length; at++) codes[at] = fill(127);
    dot(32_000, rows, dimensions, 0, 32_000 + rows * dimensions);
    const expected = Array.from({ length: rows }, (_, row) =>
      query.reduce((sum, value, at) => sum + value * (codes[row * dimensions + at] as number), 0),
    );
    expect([...out]).toEqual(expected);
  }
});
