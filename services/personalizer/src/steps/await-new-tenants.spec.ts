import { DEMO, record, batchOf, tenant } from '../shop.fixture.js';
import { Tenants } from '../tables/tenants.js';
import { awaitNewTenants } from './await-new-tenants.js';

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const of = (key: string | null) => {
  const from = record({ key: key === null ? null : Buffer.from(key) });
  return { record: from, value: from };
};

describe('awaiting new tenants', () => {
  it('brings the table up to date before a tenant counts as unknown', async () => {
    const tenants = new Tenants();
    const step = awaitNewTenants(tenants, () => {
      tenants.put(DEMO, bytes(tenant()));
      return Promise.resolve();
    });
    const elements = [of(`${DEMO}:anna`)];
    expect(await step(elements, batchOf(elements))).toEqual([{ kind: 'ok', value: elements[0]?.value }]);
    expect(tenants.get(DEMO)?.id).toBe(DEMO);
  });

  it('waits for nothing where all tenants are known, or a key names none', async () => {
    const tenants = new Tenants();
    tenants.put(DEMO, bytes(tenant()));
    const step = awaitNewTenants(tenants, () => Promise.reject(new Error('not needed')));
    const elements = [of(`${DEMO}:anna`), of(null), of('no tenant')];
    expect(await step(elements, batchOf(elements))).toHaveLength(3);
  });
});
