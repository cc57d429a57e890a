import type { TenantId } from '@offerstream/contracts';
import { catalogOf, DEMO, hashOf, item, MODEL, modelsWith, tenant } from '../shop.fixture.js';
import { Catalog } from './catalog.js';
import { Tenants } from './tenants.js';

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('the catalog', () => {
  it('knows each shop’s items by hash', () => {
    const catalog = catalogOf('shoe', 'hat!');
    expect(catalog.shop(DEMO).item(hashOf('shoe'))).toEqual({ id: 'shoe', available: true, json: '"shoe"' });
    expect(catalog.shop(DEMO).item(hashOf('hat'))?.available).toBe(false);
    expect(catalog.shop('other' as TenantId).item(hashOf('shoe'))).toBeUndefined();
    expect(catalog.shop('other' as TenantId).blocked()).toEqual(new BigInt64Array(0));
  });

  it('blocks what is unavailable or deleted, as things change', () => {
    const catalog = catalogOf('shoe', 'hat!');
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
    const catalog = catalogOf('shoe', 'hat!');
    const before = catalog.shop(DEMO).blocked();
    catalog.put(DEMO, item('shoe'), bytes({ id: 'shoe', title: 'a better one' }));
    catalog.put(DEMO, item('hat'), null);
    expect(catalog.shop(DEMO).blocked()).toBe(before);
  });

  it.each([['{'], ['{}'], ['{"id":"x","price":-1}']])('refuses %s and keeps what it has', (text) => {
    const catalog = new Catalog();
    catalog.put(DEMO, item('x'), bytes({ id: 'x' }));
    expect(() => catalog.put(DEMO, item('x'), Buffer.from(text))).toThrow();
    expect(catalog.shop(DEMO).item(hashOf('x'))?.available).toBe(true);
  });
});

describe('promoted models', () => {
  it('say which version serves and what is popular, by hash', () => {
    expect(modelsWith('3', ['shoe']).get(DEMO, MODEL)).toEqual({
      name: MODEL,
      version: '3',
      popular: [hashOf('shoe')],
    });
  });

  it('forget a model that is withdrawn, and refuse what is none', () => {
    const models = modelsWith('3');
    expect(() => models.put(`${DEMO}:${MODEL}`, bytes({ version: 'latest' }))).toThrow();
    expect(models.get(DEMO, MODEL)?.version).toBe('3');
    models.put(`${DEMO}:${MODEL}`, null);
    expect(models.get(DEMO, MODEL)).toBeUndefined();
  });
});

describe('tenants', () => {
  it('come, change and go', () => {
    const tenants = new Tenants();
    expect(tenants.get(DEMO)).toBeUndefined();
    tenants.put(DEMO, bytes(tenant()));
    tenants.put(DEMO, bytes(tenant({ consent: 'required' })));
    expect(tenants.get(DEMO)?.consent).toBe('required');
    expect(() => tenants.put(DEMO, bytes({ id: DEMO }))).toThrow();
    tenants.put(DEMO, null);
    expect(tenants.get(DEMO)).toBeUndefined();
  });
});
