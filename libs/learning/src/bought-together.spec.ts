import { boughtTogether, type BoughtTogetherOptions } from './bought-together.js';
import { interactionLog, type Interaction } from './interaction-log.js';
import type { Neighbours } from './neighbours.js';

const OPTIONS: BoughtTogetherOptions = { sessionGapMs: 1000, cart: 0.5, shrinkage: 1, width: 3 };

let time = 0;
const did = (subject: string, action: Interaction['action'], ...items: string[]): Interaction[] =>
  items.map((item) => ({ subject, item, action, time: (time += 10) }));
const order = (subject: string, ...items: string[]): Interaction[] => {
  time += 10_000;
  return did(subject, 'purchase', ...items);
};

/** What is bought with an item; `nearby` are shares of what is touched close to it. */
const boughtWith = (
  item: string,
  interactions: readonly Interaction[],
  nearby: Readonly<Record<string, number>> = {},
  options = OPTIONS,
): Readonly<Record<string, number>> => {
  const log = interactionLog(interactions);
  const own = log.itemIds.indexOf(item);
  const near: Neighbours = {
    width: 4,
    rows: new Int32Array(log.itemIds.length * 4),
    weights: new Float32Array(log.itemIds.length * 4),
  };
  Object.entries(nearby).forEach(([neighbour, share], i) => {
    near.rows[own * 4 + i] = log.itemIds.indexOf(neighbour);
    near.weights[own * 4 + i] = share;
  });
  const rowOf = Int32Array.from(log.itemIds, (_, row) => row);
  const { width, rows, weights } = boughtTogether(log, rowOf, near, options);
  const found = Array.from({ length: width }, (_, i) => own * width + i).filter((place) => (weights[place] ?? 0) > 0);
  return Object.fromEntries(found.map((place) => [log.itemIds[rows[place] ?? -1] ?? '', weights[place] ?? NaN]));
};

test('the share of an item’s orders in which the other lies too, as if there were one more order without', () => {
  const orders = [...order('s', 'a', 'b'), ...order('t', 'a', 'b', 'c'), ...order('u', 'a')];
  expect(boughtWith('a', orders)).toEqual({ b: 2 / 4, c: 1 / 4 });
  expect(boughtWith('b', orders)).toEqual({ a: Math.fround(2 / 3), c: Math.fround(1 / 3) });
});

test('what is touched close to an item counts as long as it has few orders', () => {
  const few = [...did('r', 'view', 'd'), ...order('s', 'a', 'b')];
  const many = [...few, ...Array.from({ length: 8 }, (_, i) => order(`m${i}`, 'a', 'b')).flat()];
  const nearby = { d: 0.75, b: 0.25 };
  expect(boughtWith('a', few, nearby, { ...OPTIONS, shrinkage: 3 })).toEqual({ d: 2.25 / 4, b: 1.75 / 4 });
  expect(boughtWith('a', many, nearby, { ...OPTIONS, shrinkage: 3 })).toEqual({ b: 9.75 / 12, d: 2.25 / 12 });
});

test('an item that stayed in the cart counts less than a bought one, and one that was only seen not at all', () => {
  const session = [...did('s', 'view', 'c'), ...did('s', 'cart', 'a', 'b', 'd'), ...did('s', 'purchase', 'a', 'd')];
  expect(boughtWith('a', session)).toEqual({ d: 1 / 2, b: 0.5 / 2 });
  expect(boughtWith('b', session)).toEqual({ a: Math.fround(0.5 / 1.5), d: Math.fround(0.5 / 1.5) });
});

test('what was taken out of the cart was not bought, unless it had been', () => {
  const taken = [...did('s', 'cart', 'a', 'b', 'c'), ...did('s', 'purchase', 'b'), ...did('s', 'remove', 'b', 'c')];
  expect(boughtWith('a', taken)).toEqual({ b: Math.fround(0.5 / 1.5) });
});

test('orders of different sessions and shoppers have nothing to do with each other', () => {
  expect(boughtWith('a', [...order('s', 'a'), ...order('s', 'b')])).toEqual({});
  const interleaved = [...did('s', 'purchase', 'a'), ...did('t', 'purchase', 'b'), ...did('s', 'purchase', 'c')];
  expect(boughtWith('a', interleaved)).toEqual({ c: 1 / 2 });
});

test('an item is no neighbour of itself, however often it is in an order', () => {
  expect(boughtWith('a', order('s', 'a', 'a', 'b'))).toEqual({ b: 1 / 2 });
});

test('of an order of everything only the last items count', () => {
  const everything = Array.from({ length: 150 }, (_, i) => `i${i}`);
  expect(boughtWith('i49', order('s', ...everything))).toEqual({});
  expect(Object.keys(boughtWith('i50', order('s', ...everything)))).toHaveLength(3);
});
