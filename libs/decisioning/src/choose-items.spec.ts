import type { ItemId } from '@offerstream/contracts';
import { chooseItems, type Choice } from './choose-items.js';

const candidates = (...names: string[]) =>
  names.map((name, index) => ({ item: name as ItemId, score: 1 - index / 10 }));
const choice = (over: Partial<Choice>): Choice => ({
  slots: 3,
  personal: undefined,
  last: () => [],
  popular: () => [],
  isAvailable: () => true,
  ...over,
});
const shown = (over: Partial<Choice>) => chooseItems(choice(over)).map(({ item, strategy }) => `${item} ${strategy}`);

describe('choosing items', () => {
  it('takes the personal ranking while there is one, and asks for nothing else', () => {
    const unneeded = () => {
      throw new Error('not needed');
    };
    expect(shown({ personal: candidates('a', 'b', 'c', 'd'), last: unneeded, popular: unneeded })).toEqual([
      'a personal',
      'b personal',
      'c personal',
    ]);
  });

  it('falls back to the last ranking, then to popular items, then to nothing', () => {
    expect(shown({ last: () => candidates('l'), popular: () => candidates('l', 'p') })).toEqual([
      'l last',
      'p popular',
    ]);
    expect(shown({ popular: () => candidates('p') })).toEqual(['p popular']);
    expect(shown({})).toEqual([]);
  });

  it('does not use the last ranking to fill up a personal one', () => {
    expect(shown({ personal: candidates('a'), last: () => candidates('l'), popular: () => candidates('p') })).toEqual([
      'a personal',
      'p popular',
    ]);
  });

  it('offers nothing that is unavailable, from any list', () => {
    const isAvailable = (item: ItemId) => item !== 'x';
    expect(shown({ personal: candidates('x', 'a'), popular: () => candidates('x', 'p'), isAvailable })).toEqual([
      'a personal',
      'p popular',
    ]);
    expect(shown({ last: () => candidates('x', 'l'), isAvailable })).toEqual(['l last']);
  });
});
