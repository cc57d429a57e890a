import { itemHash, type ItemId, type TenantId } from '@offerstream/contracts';
import { PromotedModels } from './promoted-models.js';

const DEMO = 'demo' as TenantId;
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('promoted models', () => {
  let models: PromotedModels;
  beforeEach(() => {
    models = new PromotedModels();
    const record = { tenant: DEMO, name: 'demo.m', version: '3', family: 'f', popular: ['shoe'] };
    models.put('demo:demo.m', bytes({ ...record, promotedAt: '2026-11-24T10:00:00Z' }));
  });

  it('say which version serves and what is popular, by hash', () => {
    const expected = { name: 'demo.m', version: '3', family: 'f', popular: [itemHash(DEMO, 'shoe' as ItemId)] };
    expect(models.get(DEMO, 'demo.m')).toEqual(expected);
    expect(models.all()).toEqual([expected]);
  });

  it('are those of a tenant, whatever others have', () => {
    const record = { tenant: 'demo-2', name: 'm', version: '1', family: 'content', popular: [] };
    const names = (tenant: string): readonly string[] => models.of(tenant as TenantId).map(({ name }) => name);
    expect([names(DEMO), names('demo-2')]).toEqual([['demo.m'], []]);
    models.put('demo-2:m', bytes({ ...record, promotedAt: '2026-11-24T10:00:00Z' }));
    expect([names(DEMO), names('demo-2')]).toEqual([['demo.m'], ['m']]);
    models.put('demo:demo.m', null);
    expect(names(DEMO)).toEqual([]);
  });

  it('stand in one order, whichever was promoted first and last', () => {
    const put = (name: string) =>
      models.put(
        `demo:${name}`,
        bytes({ tenant: DEMO, name, version: '1', family: 'f', popular: [], promotedAt: '2026-11-24T10:00:00Z' }),
      );
    for (const name of ['z', 'a', 'demo.m', 'b']) put(name);
    expect(models.of(DEMO).map(({ name }) => name)).toEqual(['a', 'b', 'demo.m', 'z']);
  });

  it('say what is popular: as the model knows it, else as the tenant’s first does, else nothing', () => {
    const hashOf = (item: string): bigint => itemHash(DEMO, item as ItemId);
    const record = { tenant: DEMO, version: '1', family: 'f', promotedAt: '2026-11-24T10:00:00Z' };
    models.put('demo:demo.a', bytes({ ...record, name: 'demo.a', popular: ['sock'] }));
    expect(models.popularOf(DEMO, 'demo.m')).toEqual([hashOf('shoe')]);
    expect(models.popularOf(DEMO, 'withdrawn')).toEqual([hashOf('sock')]);
    expect(models.popularOf(DEMO)).toEqual([hashOf('sock')]);
    expect(models.popularOf('other' as TenantId, 'demo.m')).toEqual([]);
  });

  it('are taken of no other tenant than the key’s', () => {
    const record = { name: 'demo.m', version: '4', family: 'f', popular: [], promotedAt: '2026-11-24T10:00:00Z' };
    expect(models.put('demo:demo.m', bytes({ ...record, tenant: 'other' }))).toContain("another tenant's");
    expect([models.get(DEMO, 'demo.m')?.version, models.get('other', 'demo.m')]).toEqual(['3', undefined]);
  });

  it('forget a model that is withdrawn, and refuse what is none', () => {
    expect(() => models.put('demo:demo.m', bytes({ version: 'latest' }))).toThrow();
    expect(models.get(DEMO, 'demo.m')?.version).toBe('3');
    models.put('demo:demo.m', null);
    expect(models.get(DEMO, 'demo.m')).toBeUndefined();
  });
});
