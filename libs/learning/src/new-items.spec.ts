import { interactionLog, type Interaction } from './interaction-log.js';
import { newItemRecalls, newItems, rankedNewItems } from './new-items.js';
import { TitleNearness } from './title-nearness.js';

const touch = (subject: string, item: string, time: number): Interaction => ({
  subject,
  item,
  action: 'purchase',
  time,
});
const log = interactionLog([
  touch('ann', 'old', 1),
  touch('bob', 'old', 2),
  // From here on models know nothing.
  touch('ann', 'cap', 3),
  touch('ann', 'bag', 3),
  touch('new shopper', 'cap', 4),
  touch('bob', 'cap', 5),
  touch('ann', 'cap', 6),
]);
const asked = newItems(log, 2);

test('asked is about new items that are new to a shopper with a history, an order at once', () => {
  expect(asked.items.map((item) => log.itemIds[item])).toEqual(['cap', 'bag']);
  expect(asked.questions.map(({ wanted, soFar }) => [wanted.size, ...soFar])).toEqual([
    [2, 0, 0],
    [1, 2, 1],
  ]);
  expect(asked.questions[0]?.history).toEqual([0]);
});

test('what is removed is not wanted, and not touched by that', () => {
  const removed = newItems(
    interactionLog([
      touch('ann', 'old', 1),
      { ...touch('ann', 'cap', 2), action: 'remove' },
      { ...touch('ann', 'hat', 3), action: 'remove' },
      touch('ann', 'cap', 4),
    ]),
    1,
  );
  expect(removed.questions.map(({ wanted, soFar }) => [[...wanted], [...soFar]])).toEqual([[removed.items, [0]]]);
  expect(removed.items).toHaveLength(1);
});

test('recall is the share of what is wanted in the first places, and what was touched is not listed', () => {
  const [cap, bag] = asked.items as [number, number];
  expect(newItemRecalls(asked, [[bag], [cap]])).toEqual([0.5, 1]);
  expect(newItemRecalls(asked, [[], [bag]])).toEqual([0, 0]);
  const [first] = asked.questions;
  expect(first && rankedNewItems(asked, { ...first, touched: [cap] }, [2, 1])).toEqual([bag]);
});

test('titles are near by the words that they share, rare ones more', () => {
  const titles = new TitleNearness(['red shoe', 'red bag', 'red lamp', 'blue shoe'], [0, 1, 2]);
  const [bag = NaN, shoe = NaN, none = NaN] = titles.nearness([{ item: 0, weight: 1 }], [1, 3, 9]);
  expect(shoe).toBeGreaterThan(bag);
  expect(bag).toBeGreaterThan(0);
  expect(none).toBe(0);
});
