import type { ItemId } from '@offerstream/contracts';
import { habitOf } from './habit.js';

const DAY_MS = 86_400_000;

test('what was touched often and lately is wanted again, half as much after sixty days', () => {
  const deed = (item: string, daysAgo: number) => ({ item: item as ItemId, atMs: (1_000 - daysAgo) * DAY_MS });
  const habit = habitOf([deed('bag', 60), deed('bag', 0), deed('box', 120)], 1_000 * DAY_MS);
  expect(['bag', 'box', 'cup'].map((item) => habit(item as ItemId))).toEqual([1.5, 0.25, 0]);
});
