import type { ItemId } from '@offerstream/contracts';
import { neighbourTaste } from './neighbour-taste.js';

const items = (...ids: readonly string[]) => ids as readonly ItemId[];

test('a taste worked out by hand', () => {
  // Vectors over the three shoppers: a = (1, 1, 0), b = (1, 0, 0), c = (0, 0, 1).
  const taste = neighbourTaste([new Set(items('a', 'b')), new Set(items('a')), new Set(items('c'))]);
  const half = Math.sqrt(0.5);
  const [a, b, c] = ['a', 'b', 'c'] as [ItemId, ItemId, ItemId];
  const bought = taste(items('b', 'b', 'unknown'));
  expect(bought(a)).toBeCloseTo(half, 6);
  expect(bought(b)).toBeCloseTo(1, 6);
  expect([bought(c), bought('unknown' as ItemId)]).toEqual([0, 0]);
  // a and b together: (√½ + 1, √½, 0), of length √(2 + √2).
  const both = taste(items('a', 'b'));
  expect(both(b)).toBeCloseTo((half + 1) / Math.sqrt(2 + 2 * half), 6);
  expect(taste([])(a)).toBe(0);
});
