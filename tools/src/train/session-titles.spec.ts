import { ACTION, type ActionCode, type CatalogItem, type ItemId } from '@offerstream/contracts';
import type { HistoryEvent } from '../events/history.js';
import { sessionTitles } from './session-titles.js';

const MINUTE = 60_000;
const items = new Map(['mug', 'lamp', 'bag'].map((id) => [id, { id, title: `a ${id}` } as CatalogItem] as const)).set(
  'untitled',
  { id: 'untitled' } as CatalogItem,
);
const event = (
  subject: string,
  minutes: number,
  ...acts: readonly (readonly [string, ActionCode])[]
): HistoryEvent => ({
  messageId: `${subject}-${minutes}`,
  subject,
  timeMs: minutes * MINUTE,
  interactions: acts.map(([item, action]) => ({ item: item as ItemId, action })),
  call: '',
});
const viewed = (item: string) => [item, ACTION.view] as const;

test('a session is what one shopper does without half an hour of nothing between', () => {
  expect(
    sessionTitles(
      [
        event('a', 0, viewed('mug')),
        event('b', 10, viewed('lamp')),
        event('a', 30, viewed('lamp'), viewed('mug')),
        event('a', 60, viewed('bag')),
        event('a', 91, viewed('bag')),
      ],
      items,
    ),
  ).toEqual([['a lamp'], ['a mug', 'a lamp', 'a bag'], ['a bag']]);
});

test('what is taken out of a cart, and what has no title, is not acted on', () => {
  expect(
    sessionTitles(
      [
        event('a', 0, viewed('mug'), ['lamp', ACTION.remove], viewed('untitled'), viewed('unknown'), [
          'bag',
          ACTION.purchase,
        ]),
      ],
      items,
    ),
  ).toEqual([['a mug', 'a bag']]);
});
