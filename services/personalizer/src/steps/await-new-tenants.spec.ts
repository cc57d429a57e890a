import { TenantTable } from '@offerstream/tenancy';
import { DEMO, record, batchOf, tenant } from '../shop.fixture.js';
import { awaitNewTenants } from './await-new-tenants.js';

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const of = (key: string | null) => {
  const from = record({ key: key === null ? null : Buffer.from(key) });
  return { record: from, value: from };
};

describe('awaiting new tenants', () => {
  it('brings the table up to date before a tenant counts as unknown', async () => {
    const tenants = new TenantTable();
    const step = awaitNewTenants(tenants, () => {
      tenants.apply(DEMO, bytes(tenant()));
      return Promise.resolve();
    });
    const elements = [of(`${DEMO}:anna`)];
    expect(await step(elements, batchOf(elements))).toEqual([{ kind: 'ok', value: elements[0]?.value }]);
    expect(tenants.get(DEMO)?.id).toBe(DEMO);
  });

  it('waits for nothing where all tenants are known, or a key names none', async () => {
    const tenants = new TenantTable();
    tenants.apply(DEMO, bytes(tenant()));
    const step = awaitNewTenants(tenants, () => Promise.reject(new Error('not needed')));
    const elements = [of(`${DEMO}:anna`), of(null), of('no tenant')];
    expect(await step(elements, batchOf(elements))).toHaveLength(3);
  });

  it('waits once for a tenant that stays unknown, until the table is told something', async () => {
    const tenants = new TenantTable();
    let waits = 0;
    const step = awaitNewTenants(tenants, () => {
      waits += 1;
      return Promise.resolve();
    });
    const waitsAfter = async (...keys: readonly string[]): Promise<number> => {
      const elements = keys.map(of);
      await step(elements, batchOf(elements));
      return waits;
    };
    expect(await waitsAfter('gone:anna', 'gone:bob')).toBe(1);
    expect(await waitsAfter('gone:anna')).toBe(1);
    expect(await waitsAfter('gone:anna', 'another:anna')).toBe(2);
    tenants.apply(DEMO, bytes(tenant()));
    expect(await waitsAfter('gone:anna')).toBe(3);
    expect(await waitsAfter('gone:anna', `${DEMO}:anna`)).toBe(3);
    tenants.apply(DEMO, null);
    expect(await waitsAfter(`${DEMO}:anna`)).toBe(4);
  });

  it('does not wait again because of what the table was told while it was waited for', async () => {
    const tenants = new TenantTable();
    let waits = 0;
    const step = awaitNewTenants(tenants, () => {
      waits += 1;
      tenants.apply(DEMO, bytes(tenant()));
      return Promise.resolve();
    });
    const elements = [of('gone:anna')];
    for (let batch = 0; batch < 3; batch++) await step(elements, batchOf(elements));
    expect(waits).toBe(1);
  });
});
