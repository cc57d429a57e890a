import type { ItemId, Strategy } from '@offerstream/contracts';
import { item } from '../shop.fixture.js';
import { because, type Reason } from './because.js';

const TITLES: Readonly<Record<string, string>> = { shoe: 'Trail Shoe', sock: 'Wool Sock' };
const nameOf = (id: ItemId): string => TITLES[id] ?? id;

const reason = (name: string, did: Reason['did'], value: number): Reason => ({ item: item(name), did, value });

const sentence = (reasons: readonly Reason[], strategy: Strategy = 'personal'): string =>
  because({ item: item('hat'), strategy }, reasons, nameOf);

describe('the sentence on why an item is there', () => {
  it.each<readonly [string, readonly Reason[]]>([
    ['Because you viewed Trail Shoe and Wool Sock.', [reason('sock', 'view', 1), reason('shoe', 'view', 2)]],
    ['Because you put Trail Shoe into your cart.', [reason('shoe', 'cart', 2)]],
    ['Because you bought Trail Shoe and viewed Wool Sock.', [reason('sock', 'view', 1), reason('shoe', 'purchase', 2)]],
    [
      'Because you put Trail Shoe and Wool Sock on your wish list.',
      [reason('shoe', 'wishlist', 2), reason('sock', 'wishlist', 1)],
    ],
    ['Because you see Trail Shoe.', [reason('shoe', 'see', 1)]],
    ['Because you viewed belt.', [reason('belt', 'view', 1)]],
    ['Because you viewed this.', [reason('hat', 'view', 1)]],
  ])('%s', (expected, reasons) => {
    expect(sentence(reasons)).toBe(expected);
  });

  it('names an item once, by what speaks most, and weighs all that was done with it', () => {
    const often = [reason('sock', 'view', 2), reason('shoe', 'view', 1), reason('shoe', 'cart', 1.5)];
    expect(sentence(often)).toBe('Because you put Trail Shoe into your cart and viewed Wool Sock.');
  });

  it('names two at most, and nothing that adds little or speaks against the item', () => {
    const many = ['a', 'b', 'c'].map((name, index) => reason(name, 'view', 3 - index / 10));
    expect(sentence(many)).toBe('Because you viewed a and b.');
    expect(sentence([reason('shoe', 'view', 10), reason('sock', 'view', 1)])).toBe('Because you viewed Trail Shoe.');
    const forAndAgainst = [reason('shoe', 'view', 1), reason('shoe', 'remove', -1)];
    for (const reasons of [forAndAgainst, [reason('shoe', 'view', -1)]])
      expect(sentence(reasons)).toBe('Often chosen in this shop.');
  });

  it('says in what way they are alike, by the two sources that add most', () => {
    const of = (text: number, image: number, behaviour: number): string =>
      because({ item: item('hat'), strategy: 'personal' }, [reason('shoe', 'view', 1)], nameOf, [
        { source: 'text', value: text },
        { source: 'image', value: image },
        { source: 'behaviour', value: behaviour },
      ]);
    expect(of(0.5, 0.4, 0.3)).toBe('Because you viewed Trail Shoe: alike in words and alike in looks.');
    expect(of(0.1, 0, 0.9)).toBe('Because you viewed Trail Shoe: chosen by the same shoppers.');
    expect(of(-0.5, 0, 0)).toBe('Because you viewed Trail Shoe.');
  });

  it('says so where no interaction is the reason', () => {
    expect(sentence([])).toBe('Often chosen in this shop.');
    expect(sentence([reason('shoe', 'view', 1)], 'popular')).toBe('Popular in this shop.');
    expect(sentence([reason('shoe', 'view', 1)], 'last')).toBe('From what was chosen for you last.');
  });
});
