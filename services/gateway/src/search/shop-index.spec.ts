import type { ItemId } from '@offerstream/contracts';
import { ShopIndex, type IndexedItem } from './shop-index.js';
import type { VectorSpace } from './vector-space.js';

const SPACE: VectorSpace = { encoder: 'meaning/1', dimensions: 2 };
const item = (title: string | undefined, over: Partial<IndexedItem> = {}): IndexedItem => ({
  title,
  categories: [],
  available: true,
  ...over,
});
const id = (name: string): ItemId => name as ItemId;
const ids = (...names: readonly string[]): ItemId[] => names.map(id);

const shopWith = (items: Readonly<Record<string, IndexedItem>>): ShopIndex => {
  const shop = new ShopIndex();
  for (const [name, state] of Object.entries(items)) shop.apply({ id: id(name), state });
  return shop;
};
const found = (shop: ShopIndex, query: string, over: object = {}) => {
  const { lexical, vector } = shop.find({ query, limit: 9, ...over });
  return { lexical: lexical.map((each) => each.item), vector: vector.map((each) => each.item) };
};
const texts = (shop: ShopIndex, typed: string): string[] => shop.complete(typed, 9).map(({ text }) => text);
const toward = (x: number, y: number) => ({ vector: { space: SPACE, values: Float32Array.of(x, y) } });

describe('the index of a shop', () => {
  it('has no item that is unavailable, and none without a title', () => {
    const shop = shopWith({
      bag: item('Red bag'),
      box: item('Red box', { available: false }),
      cup: item(undefined, { categories: ['Red'] }),
    });
    expect([found(shop, 'red').lexical, texts(shop, 'red')]).toEqual([['bag'], ['red bag']]);
  });

  it('finds within a category and what is below it', () => {
    const shop = shopWith({
      bag: item('Red bag', { categories: ['Home', 'Bags'] }),
      box: item('Red box', { categories: ['Home'] }),
      toy: item('Red toy', { categories: ['Toys', 'Home'] }),
    });
    shop.setVectors(SPACE, ids('bag', 'box', 'toy'), Float32Array.of(1, 0, 0, 1, 1, 1));
    expect(found(shop, 'red', { category: ['Home'], ...toward(1, 0) })).toEqual({
      lexical: expect.arrayContaining(['bag', 'box']) as unknown,
      vector: ['bag', 'box'],
    });
    expect(found(shop, 'red', { category: ['Home', 'Bags'] }).lexical).toEqual(['bag']);
    expect(found(shop, 'red', { category: ['Home', 'None'] }).lexical).toEqual([]);
  });

  it('keeps the vector of what is unavailable for a while, and forgets that of what is gone', () => {
    const shop = shopWith({ bag: item('Red bag'), box: item('Box') });
    shop.setVectors(SPACE, ids('bag', 'box', 'unknown'), Float32Array.of(1, 0, 0, 1, 1, 1));
    expect(found(shop, '', toward(1, 0)).vector).toEqual(['bag', 'box']);
    shop.apply({ id: id('bag'), state: item('Red bag', { available: false }) });
    expect(found(shop, '', toward(1, 0)).vector).toEqual(['box']);
    shop.apply({ id: id('bag'), state: item('Red bag') });
    expect(found(shop, '', toward(1, 0)).vector).toEqual(['bag', 'box']);
    shop.apply({ id: id('bag'), state: undefined });
    shop.apply({ id: id('bag'), state: item('Red bag') });
    expect(found(shop, '', toward(1, 0)).vector).toEqual(['box']);
  });

  it('compares no vectors of different encoders, and none that point nowhere', () => {
    const shop = shopWith({ bag: item('Bag'), box: item('Box') });
    shop.setVectors(SPACE, ids('bag', 'box'), Float32Array.of(1, 0, 0, 0));
    expect(found(shop, '', toward(1, 0)).vector).toEqual(['bag']);
    const next = { encoder: 'meaning/2', dimensions: 2 };
    shop.setVectors(next, ids('box'), Float32Array.of(1, 0));
    expect(found(shop, '', toward(1, 0)).vector).toEqual([]);
    expect(found(shop, '', { vector: { space: next, values: Float32Array.of(1, 0) } }).vector).toEqual(['box']);
  });

  it('suggests what shoppers search for in words of its own, as long as it has them', () => {
    const shop = shopWith({ bag: item('Red bag', { categories: ['Gifts'] }), box: item('Blue box') });
    const searches = new Map([
      ['red box', 5],
      ['red gifts for the box', 4],
      ['red anna smith', 50],
    ]);
    shop.setCounts({ searches, items: new Map() });
    expect(texts(shop, 'red ').sort()).toEqual(['red bag', 'red box', 'red gifts for the box']);
    shop.apply({ id: id('box'), state: undefined });
    expect(texts(shop, 'red ')).toEqual(['red bag']);
  });

  it('ranks by the counts that it was told last, and by the habit of who types', () => {
    const shop = shopWith({ bag: item('Red bag'), box: item('Red box') });
    const scoreOf = (text: string) => shop.complete('red', 9).find((each) => each.text === text)?.score;
    const near = (count: number): number => expect.closeTo(Math.log1p(count), 2) as number;
    shop.setCounts({ searches: new Map([['red bag', 2]]), items: new Map([[id('box'), 3]]) });
    expect([scoreOf('red bag'), scoreOf('red box')]).toEqual([near(2), near(3)]);
    expect(shop.complete('red', 1, new Map([[id('bag'), 0.1]]))[0]?.text).toBe('red bag');
    // Small changes are not worth the work, also not several times; what they add up to is.
    for (const count of [2.05, 2.09]) shop.setCounts({ searches: new Map([['red bag', count]]), items: new Map() });
    expect(scoreOf('red bag')).toEqual(near(2));
    shop.setCounts({ searches: new Map([['red bag', 2.13]]), items: new Map() });
    expect([scoreOf('red bag'), scoreOf('red box')]).toEqual([near(2.13), near(0)]);
  });

  it('counts queries of the same words as one, also when one of them is gone', () => {
    const shop = shopWith({ bag: item('Red bag') });
    const popularityOf = (searches: Readonly<Record<string, number>>): number | undefined => {
      shop.setCounts({ searches: new Map(Object.entries(searches)), items: new Map() });
      return shop.complete('red', 9).find(({ text }) => text === 'red bag')?.score;
    };
    expect(popularityOf({ 'red bag': 3, 'red, bag!': 2 })).toBeCloseTo(Math.log1p(5), 2);
    expect(popularityOf({ 'red bag': 3 })).toBeCloseTo(Math.log1p(3), 2);
    expect(popularityOf({ 'red, bag!': 4 })).toBeCloseTo(Math.log1p(4), 2);
  });

  it('ranks by the language model that it has', () => {
    const shop = shopWith({ bag: item('Red bag'), box: item('Red box') });
    expect(texts(shop, 'red')[0]).toBe('red bag');
    shop.setScorer((words) => (words.includes('box') ? -1 : -9));
    expect(texts(shop, 'red')[0]).toBe('red box');
    shop.setScorer();
    expect(texts(shop, 'red')[0]).toBe('red bag');
  });
});

describe('the look of an item', () => {
  const RED = { space: { encoder: 'demo.vision/1', dimensions: 2 }, values: Float32Array.of(1, 0) };
  const alike = (shop: ShopIndex) => shop.alike({ like: RED, limit: 9 })?.map((each) => each.item);

  it('may come before the item, and goes with it', () => {
    const shop = shopWith({ bag: item('Bag'), box: item('Box') });
    for (const name of ids('bag', 'box', 'cup')) shop.setPicture(name, RED);
    shop.apply({ id: id('cup'), state: item('Cup') });
    expect(alike(shop)).toEqual(expect.arrayContaining(['bag', 'box', 'cup']));
    shop.apply({ id: id('bag'), state: undefined });
    // Another item of the same id, which nobody has looked at.
    shop.apply({ id: id('bag'), state: item('Bag') });
    expect(alike(shop)).toEqual(expect.not.arrayContaining(['bag']));
    expect(shop.alike({ like: id('bag'), limit: 9 })).toBeUndefined();
  });

  it('is compared with that of a photo where there is one of the same model', () => {
    const shop = shopWith({ bag: item('Bag', { available: false }) });
    expect([alike(shop), shop.find({ query: '', picture: RED, limit: 9 }).picture]).toEqual([undefined, undefined]);
    shop.setPicture(id('bag'), RED);
    expect([alike(shop), shop.find({ query: '', picture: RED, limit: 9 }).picture]).toEqual([[], []]);
  });
});
