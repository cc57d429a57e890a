import { catalogItemSchema, itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import { Catalog, keepDescribed, keepPublishable } from './catalog.js';

const DEMO = 'demo' as TenantId;
const item = (name: string): ItemId => name as ItemId;
const hashOf = (name: string): bigint => itemHash(DEMO, item(name));
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A catalog with a shoe, and a hat that is unavailable. */
const shoeAndHat = (): Catalog => {
  const catalog = new Catalog(keepPublishable);
  catalog.put(DEMO, item('shoe'), bytes({ id: 'shoe', available: true }));
  catalog.put(DEMO, item('hat'), bytes({ id: 'hat', available: false }));
  return catalog;
};

describe('the catalog', () => {
  it('knows each shop’s items by hash', () => {
    const catalog = shoeAndHat();
    expect(catalog.shop(DEMO).item(hashOf('shoe'))).toEqual({
      id: 'shoe',
      hash: hashOf('shoe'),
      available: true,
      json: '"shoe"',
    });
    expect(catalog.shop(DEMO).item(hashOf('hat'))?.available).toBe(false);
    expect(catalog.shop('other' as TenantId).item(hashOf('shoe'))).toBeUndefined();
    expect(catalog.shop('other' as TenantId).blocked()).toEqual(new BigInt64Array(0));
  });

  it('tells of every item of every shop', () => {
    const catalog = shoeAndHat();
    catalog.put('other' as TenantId, item('sock'), bytes({ id: 'sock' }));
    catalog.put(DEMO, item('hat'), null);
    expect(Array.from(catalog.items(), ([tenant, { id }]) => [tenant, id])).toEqual([
      [DEMO, 'shoe'],
      ['other', 'sock'],
    ]);
  });

  it('blocks what is unavailable or deleted, as things change', () => {
    const catalog = shoeAndHat();
    const blocked = () => [...catalog.shop(DEMO).blocked()];
    expect(blocked()).toEqual([hashOf('hat')]);
    catalog.put(DEMO, item('shoe'), null);
    expect(blocked()).toEqual([hashOf('hat'), hashOf('shoe')]);
    expect(catalog.shop(DEMO).item(hashOf('shoe'))).toBeUndefined();
    catalog.put(DEMO, item('hat'), bytes({ id: 'hat' }));
    catalog.put(DEMO, item('shoe'), bytes({ id: 'shoe', available: false }));
    expect(blocked()).toEqual([hashOf('shoe')]);
    catalog.put(DEMO, item('shoe'), bytes({ id: 'shoe', available: true }));
    expect(blocked()).toEqual([]);
    catalog.put(DEMO, item('new'), bytes({ id: 'new', available: false }));
    expect(blocked()).toEqual([hashOf('new')]);
  });

  it('makes the list of what is blocked once for all batches between two changes', () => {
    const catalog = shoeAndHat();
    const before = catalog.shop(DEMO).blocked();
    catalog.put(DEMO, item('shoe'), bytes({ id: 'shoe', title: 'a better one' }));
    catalog.put(DEMO, item('hat'), null);
    expect(catalog.shop(DEMO).blocked()).toBe(before);
  });

  it('blocks also what somebody does not accept', () => {
    const shop = shoeAndHat().shop(DEMO);
    expect([...shop.blockedFor(({ id }) => id !== 'shoe')]).toEqual([hashOf('hat'), hashOf('shoe')]);
    expect([...shop.blockedFor(() => true)]).toEqual([hashOf('hat')]);
  });

  it('tells by its revision that something has changed which filters may look at', () => {
    const catalog = new Catalog(keepDescribed());
    const shoe = { id: 'shoe', title: 'A shoe', price: 2, categories: ['Shoes', 'Running'] };
    const put = (value: object | null) =>
      catalog.put(DEMO, item('shoe'), value === null ? null : bytes({ ...shoe, ...value }));
    put({});
    const shop = catalog.shop(DEMO);
    const before = shop.revision;
    put({ title: 'A better shoe' });
    expect(shop.revision).toBe(before);
    const changes = [{ price: 1 }, { price: 1, categories: ['Shoes'] }, { available: false }, null, {}];
    for (const [index, change] of changes.entries()) {
      put(change);
      expect(shop.revision).toBe(before + index + 1);
    }
  });

  it.each([['{'], ['{}'], ['{"id":"x","price":-1}']])('refuses %s and keeps what it has', (text) => {
    const catalog = new Catalog(keepPublishable);
    catalog.put(DEMO, item('x'), bytes({ id: 'x' }));
    expect(() => catalog.put(DEMO, item('x'), Buffer.from(text))).toThrow();
    expect(catalog.shop(DEMO).item(hashOf('x'))?.available).toBe(true);
  });

  it('keeps what describes an item where that is asked for, and one path for all items of a category', () => {
    const catalog = new Catalog(keepDescribed());
    for (const id of ['shoe', 'boot'])
      catalog.put(DEMO, item(id), bytes({ id, title: `A ${id}`, categories: ['Shoes', 'Running'], price: 12.5 }));
    catalog.put(DEMO, item('plain'), bytes({ id: 'plain' }));
    const known = (name: string) => catalog.shop(DEMO).item(hashOf(name));
    expect(known('shoe')).toEqual({
      id: 'shoe',
      hash: hashOf('shoe'),
      available: true,
      title: 'A shoe',
      categories: ['Shoes', 'Running'],
      price: 12.5,
    });
    expect(known('boot')?.categories).toBe(known('shoe')?.categories);
    expect(known('plain')).toMatchObject({ title: undefined, categories: [], price: undefined });
  });

  it('does not remember without end which categories there were', () => {
    const keep = keepDescribed();
    const pathOf = (...categories: readonly string[]): readonly string[] =>
      keep(item('shoe'), 1n, catalogItemSchema.parse({ id: 'shoe', categories })).categories;
    const shoes = pathOf('Shoes');
    for (let made = 1; made < 10_000; made++) pathOf(`Made up ${made}`);
    expect(pathOf('Shoes')).toBe(shoes);
    pathOf('One more');
    expect(pathOf('Shoes')).not.toBe(shoes);
  });
});
