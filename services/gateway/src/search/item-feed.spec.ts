import type { ItemId, TenantId } from '@offerstream/contracts';
import { DEMO } from '../shop.fixture.js';
import { ItemFeed } from './item-feed.js';
import { SEARCH_LOST } from './search-thread.js';

const OTHER = 'other' as TenantId;

const setUp = () => {
  const told: [TenantId, ...string[]][] = [];
  const answers: ((isLost: boolean) => void)[] = [];
  const feed = new ItemFeed<string>((tenant, items) => {
    told.push([tenant, ...items.map(([item, note]) => `${item}: ${note}`)]);
    return new Promise((resolve, reject) => answers.push((isLost) => (isLost ? reject(SEARCH_LOST) : resolve())));
  });
  return {
    feed,
    told,
    note: (item: string, note = '', tenant: TenantId = DEMO) => feed.note(tenant, item as ItemId, note),
    answer: async ({ isLost = false } = {}) => {
      answers.shift()?.(isLost);
      await new Promise(setImmediate);
    },
  };
};

it('an item of which more is noted before it is told is told once', async () => {
  const { told, note, answer } = setUp();
  for (const [item, text] of [
    ['first', '1'],
    ['bag', '2'],
    ['box', '3'],
    ['bag', '4'],
  ] as const)
    note(item, text);
  await answer();
  await answer();
  expect(told).toEqual([
    [DEMO, 'first: 1'],
    [DEMO, 'bag: 4', 'box: 3'],
  ]);
});

it('many items are told in slices, and other shops between them', async () => {
  const { told, note, answer } = setUp();
  for (let number = 0; number < 300; number++) note(`i${number}`);
  note('their', '', OTHER);
  for (let slice = 0; slice < 5; slice++) await answer();
  expect(told.map(([tenant, ...items]) => [tenant, items.length])).toEqual([
    [DEMO, 1],
    [DEMO, 128],
    [OTHER, 1],
    [DEMO, 128],
    [DEMO, 43],
  ]);
  expect(new Set(told.flatMap(([tenant, ...items]) => items.map((item) => tenant + item))).size).toBe(301);
});

it('it waits when the thread is lost, and goes on with what is left when more is noted', async () => {
  const { told, note, answer } = setUp();
  for (const item of ['bag', 'box']) note(item);
  await answer({ isLost: true });
  expect(told).toHaveLength(1);
  note('bag');
  expect(told[1]).toEqual([DEMO, 'box: ', 'bag: ']);
});

it('it says when all is told, and nothing is left to tell of what is forgotten', async () => {
  const { feed, told, note, answer } = setUp();
  let isTold = false;
  for (const item of ['bag', 'box']) note(item);
  void feed.untilTold().then(() => (isTold = true));
  await answer();
  expect(isTold).toBe(false);
  await answer();
  expect(isTold).toBe(true);
  for (const item of ['bag', 'box']) note(item);
  feed.forget();
  await answer();
  expect(told).toHaveLength(3);
  await feed.untilTold();
});
