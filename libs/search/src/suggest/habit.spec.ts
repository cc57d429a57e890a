import type { ItemId } from '@offerstream/contracts';
import { habitOf } from './habit.js';

const DAY_MS = 86_400_000;

test('what was touched often and lately is wanted again, half as much after sixty days', () => {
  const deed = (item: string, daysAgo: number) => ({ item: item as ItemId, atMs: (1_000 - daysAgo) * DAY_MS });
  const habit = habitOf([deed('bag', 60), deed('bag', 0), deed('box', 120)], 1_000 * DAY_MS);
  expect(habit).toEqual(
    new Map([
      ['bag', 1.5],
      ['box', 0.25],
    ]),
  );
});
