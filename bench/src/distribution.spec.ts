import { distribution } from './distribution.js';

describe('a distribution', () => {
  it('names the value that so many percent do not exceed, whatever the order', () => {
    const values = Array.from({ length: 150 }, (_, index) => ((index * 77) % 150) + 1);
    expect(distribution(values)).toEqual({ p50: 75, p90: 135, p95: 143, p99: 149, max: 150 });
  });

  it('is that value of one, and nothing of none', () => {
    expect(distribution([3.14159])).toEqual({ p50: 3.1, p90: 3.1, p95: 3.1, p99: 3.1, max: 3.1 });
    expect(distribution([])).toBeUndefined();
  });
});
