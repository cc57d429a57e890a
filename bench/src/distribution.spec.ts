import { distribution } from './distribution.js';

describe('a distribution', () => {
  it('names the value that so many percent do not exceed, whatever the order', () => {
    const values = Array.from({ length: 200 }, (_, index) => ((index * 77) % 200) + 1);
    expect(distribution(values)).toEqual({ p50: 100, p90: 180, p99: 198, max: 200 });
  });

  it('is that value of one, and nothing of none', () => {
    expect(distribution([3.14159])).toEqual({ p50: 3.1, p90: 3.1, p99: 3.1, max: 3.1 });
    expect(distribution([])).toBeUndefined();
  });
});
