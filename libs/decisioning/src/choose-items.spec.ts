import { chooseItems, type Choice } from './choose-items.js';

interface Item {
  readonly name: string;
  readonly available: boolean;
}
const shop = new Map<string, Item>();
const item = (name: string): Item => {
  const known = shop.get(name) ?? { name, available: !name.startsWith('x') };
  shop.set(name, known);
  return known;
};
const candidates = (...names: string[]) => names.map((name, index) => ({ item: item(name), score: 1 - index / 10 }));
const shown = (over: Partial<Choice<Item>>) =>
  chooseItems({ slots: 3, personal: undefined, last: () => [], popular: () => [], ...over }).map(
    (chosen) => `${chosen.item.name} ${chosen.strategy}`,
  );

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
    expect(shown({ personal: candidates('x1', 'a'), popular: () => candidates('x2', 'p') })).toEqual([
      'a personal',
      'p popular',
    ]);
    expect(shown({ last: () => candidates('x1', 'l') })).toEqual(['l last']);
  });
});
