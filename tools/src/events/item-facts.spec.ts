import type { CatalogItem, ItemId } from '@offerstream/contracts';
import { mergeItems } from './item-facts.js';

const item = (id: string, over: Partial<CatalogItem> = {}): readonly [string, CatalogItem] => [
  id,
  { id: id as ItemId, categories: [], available: true, ...over },
];

test('newer facts replace older ones, and what they do not say stays', () => {
  const older = new Map([item('mug', { title: 'Red mug', categories: ['mugs'] }), item('bag', { title: 'Bag' })]);
  const newer = new Map([item('mug', { price: 5 }), item('bag', { title: 'Big bag' }), item('lamp')]);
  expect(mergeItems(older, newer)).toEqual(
    new Map([
      item('mug', { title: 'Red mug', categories: ['mugs'], price: 5 }),
      item('bag', { title: 'Big bag' }),
      item('lamp'),
    ]),
  );
});
