import type { ItemId } from '@offerstream/contracts';
import type { DescribedItem } from './catalog.js';
import { acceptedBy, type ItemFilter } from './item-filter.js';

const item = (id: string, price: number | undefined, ...categories: readonly string[]): DescribedItem => ({
  id: id as ItemId,
  hash: 0n,
  available: true,
  title: undefined,
  categories,
  price,
});
const ITEMS = [
  item('shoe', 80, 'Shoes', 'Running'),
  item('boot', 120, 'Shoes', 'Boots'),
  item('hat', 20, 'Hats'),
  item('gift', undefined),
];
const through = (filter: ItemFilter) => {
  const accepts = acceptedBy(filter);
  return accepts === undefined ? 'all' : ITEMS.filter(accepts).map(({ id }) => id);
};

describe('an item filter', () => {
  it.each<[ItemFilter, string | readonly string[]]>([
    [{}, 'all'],
    [{ exclude: new Set() }, 'all'],
    [{ minPrice: 80 }, ['shoe', 'boot']],
    [{ maxPrice: 80 }, ['shoe', 'hat']],
    [{ minPrice: 0, maxPrice: 19 }, []],
    [{ categories: [['Shoes']] }, ['shoe', 'boot']],
    [{ categories: [['Shoes', 'Boots'], ['Hats']] }, ['boot', 'hat']],
    [{ categories: [['Running']] }, []],
    [{ categories: [['Hats', 'Straw']] }, []],
    [{ categories: [[]] }, ['shoe', 'boot', 'hat', 'gift']],
    [{ categories: [] }, []],
    [{ exclude: new Set(['hat', 'gift'] as ItemId[]) }, ['shoe', 'boot']],
    [{ minPrice: 50, categories: [['Shoes']], exclude: new Set(['boot'] as ItemId[]) }, ['shoe']],
  ])('%j lets through %j', (filter, expected) => expect(through(filter)).toEqual(expected));
});
