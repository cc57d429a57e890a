import type { ItemId } from '@offerstream/contracts';
import { ShopIndex, type IndexedItem, type VectorsOfItem } from './shop-index.js';
import type { VectorSpace } from './vector-space.js';

const SPACE: VectorSpace = { encoder: 'meaning/1', dimensions: 2 };
const RED = { space: { encoder: 'demo.vision/1', dimensions: 2 }, values: Float32Array.of(1, 0) };
const item = (title: string | undefined, over: Partial<IndexedItem> = {}): IndexedItem => ({
  title,
  categories: [],
  available: true,
  ...over,
});
const id = (name: string): ItemId => name as ItemId;

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
const placed = (x: number, y: number, space = SPACE) => ({ space, values: Float32Array.of(x, y) });
const toward = (...direction: Parameters<typeof placed>) => ({ vector: placed(...direction) });
const ofText = (item: string, ...direction: Parameters<typeof placed>): VectorsOfItem => ({
  item: id(item),
  text: placed(...direction),
  image: undefined,
});
const ofImage = (item: string): VectorsOfItem => ({ item: id(item), text: undefined, image: RED });

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
    shop.setVectors([ofText('bag', 1, 0), ofText('box', 0, 1), ofText('toy', 1, 1)]);
    expect(found(shop, 'red', { category: ['Home'], ...toward(1, 0) })).toEqual({
      lexical: expect.arrayContaining(['bag', 'box']) as unknown,
      vector: ['bag', 'box'],
    });
    expect(found(shop, 'red', { category: ['Home', 'Bags'] }).lexical).toEqual(['bag']);
    expect(found(shop, 'red', { category: ['Home', 'None'] }).lexical).toEqual([]);
  });

  it('finds by the meaning of titles what is there and available, whatever comes first', () => {
    const shop = shopWith({ bag: item('Red bag') });
    shop.setVectors([ofText('bag', 1, 0), ofText('box', 1, 1), ofText('never', 1, 2)]);
    const near = () => found(shop, '', toward(1, 0)).vector;
    expect(near()).toEqual(['bag']);
    shop.apply({ id: id('box'), state: item('Box') });
    expect(near()).toEqual(['bag', 'box']);
    shop.apply({ id: id('bag'), state: item('Red bag', { available: false }) });
    expect(near()).toEqual(['box']);
    shop.apply({ id: id('bag'), state: undefined });
    // As it was, for which nobody makes the vector again.
    shop.apply({ id: id('bag'), state: item('Red bag') });
    expect(near()).toEqual(['bag', 'box']);
    shop.setVectors([{ item: id('bag'), text: undefined, image: undefined }]);
    expect(near()).toEqual(['box']);
  });

  it('says by which encoders its titles were looked at, and compares no vectors of different ones', () => {
    const shop = shopWith({ bag: item('Bag'), box: item('Box'), cup: item('Cup') });
    const next = { encoder: 'meaning/2', dimensions: 2 };
    expect(shop.setVectors([ofText('bag', 1, 0), ofText('box', 1, 0), ofText('cup', 1, 0)])).toEqual([SPACE]);
    expect(shop.setVectors([ofText('box', 1, 0, next)])).toEqual([SPACE, next]);
    expect(found(shop, '', toward(1, 0)).vector).toEqual(['bag', 'cup']);
    expect(found(shop, '', toward(1, 0, next)).vector).toEqual(['box']);
    expect(shop.setVectors([ofText('bag', 1, 0, next)])).toEqual([next, SPACE]);
  });

  it('finds nothing by the meaning of what is far from all that it has, unless a word of it is found', () => {
    const shop = shopWith({ bag: item('Red bag'), box: item('Box') });
    shop.setVectors([ofText('bag', 1, 0), ofText('box', 1, 0.1)]);
    expect(found(shop, 'zzzz', toward(1, 4))).toEqual({ lexical: [], vector: [] });
    expect(found(shop, 'sack', toward(1, 2)).vector).toEqual(['box', 'bag']);
    expect(found(shop, 'box zzzz', toward(1, 4)).vector).toEqual(['box', 'bag']);
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
  const alike = (shop: ShopIndex) => shop.alike({ like: RED, limit: 9 })?.map((each) => each.item);

  it('may come before the item, and stays until it is told otherwise', () => {
    const shop = shopWith({ bag: item('Bag'), box: item('Box') });
    shop.setVectors(['bag', 'box', 'cup'].map(ofImage));
    expect(alike(shop)).toEqual(['bag', 'box']);
    shop.apply({ id: id('cup'), state: item('Cup') });
    shop.apply({ id: id('bag'), state: undefined });
    expect(alike(shop)).toEqual(['box', 'cup']);
    shop.setVectors([{ item: id('box'), text: undefined, image: undefined }]);
    expect(alike(shop)).toEqual(['cup']);
    expect(shop.alike({ like: id('box'), limit: 9 })).toBeUndefined();
  });

  it('is compared with that of a photo where there is one of the same model', () => {
    const shop = shopWith({ bag: item('Bag', { available: false }) });
    expect([alike(shop), shop.find({ query: '', picture: RED, limit: 9 }).picture]).toEqual([undefined, undefined]);
    shop.setVectors([ofImage('bag')]);
    expect([alike(shop), shop.find({ query: '', picture: RED, limit: 9 }).picture]).toEqual([[], []]);
  });
});
