import { coOccurrence, type CoOccurrenceOptions } from './co-occurrence.js';
import { interactionLog, type Interaction } from './interaction-log.js';

const OPTIONS: CoOccurrenceOptions = {
  window: 2,
  distanceExponent: 1,
  gapMs: Infinity,
  backward: 0.5,
  rowExponent: 0,
  neighbourExponent: 0,
  shrinkage: 0,
  width: 3,
};

const visits = (subject: string, items: string, action: Interaction['action'] = 'view'): Interaction[] =>
  Array.from(items).map((item, i) => ({ subject, item, action, time: i }));

const neighboursOf = (interactions: Interaction[], item: string, options = OPTIONS): [string | undefined, number][] => {
  const log = interactionLog(interactions.toSorted((a, b) => a.time - b.time));
  const rows = Int32Array.from(log.itemIds, (_, row) => row);
  const { width, rows: found, weights } = coOccurrence(log, rows, log.itemIds.length, options);
  const start = log.itemIds.indexOf(item) * width;
  return Array.from({ length: width }, (_, i): [string | undefined, number] => [
    log.itemIds[found[start + i] as number],
    weights[start + i] as number,
  ]).filter(([, weight]) => weight > 0);
};

test('later items are nearer than earlier ones, and near ones nearer than far ones', () => {
  expect(neighboursOf(visits('anna', 'abc'), 'a')).toEqual([
    ['b', 1],
    ['c', 0.5],
  ]);
  expect(neighboursOf(visits('anna', 'abc'), 'c')).toEqual([
    ['b', 0.5],
    ['a', 0.25],
  ]);
});

test('pairs outside the window and between shoppers do not count', () => {
  expect(neighboursOf([...visits('anna', 'abcd'), ...visits('ben', 'e')], 'a').map(([item]) => item)).toEqual([
    'b',
    'c',
  ]);
});

test('several events with one item in a row are one visit', () => {
  expect(neighboursOf(visits('anna', 'aaab'), 'a')).toEqual([['b', 1]]);
});

test('what was taken out of a cart is no neighbour', () => {
  const removal: Interaction = { subject: 'anna', item: 'c', action: 'remove', time: 9 };
  expect(neighboursOf([...visits('anna', 'ab'), removal], 'a')).toEqual([['b', 1]]);
});

test('only the strongest neighbours are kept', () => {
  const interactions = [...visits('s', 'ab'), ...visits('t', 'ab'), ...visits('u', 'ac')];
  expect(neighboursOf(interactions, 'a', { ...OPTIONS, width: 1 })).toEqual([['b', 2]]);
});

test('an item that many shoppers touched counts less', () => {
  const interactions = [...visits('s', 'ab'), ...visits('t', 'ac'), ...visits('u', 'b'), ...visits('v', 'b')];
  expect(neighboursOf(interactions, 'a', { ...OPTIONS, neighbourExponent: 1 })).toEqual([
    ['c', 1],
    ['b', expect.closeTo(1 / 3)],
  ]);
});
