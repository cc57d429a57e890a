import { DatabaseTooSlow, DatabaseUnavailable } from '@offerstream/database';
import { eachTenant } from './each-tenant.js';

it('goes on behind a tenant for whom Postgres takes too long, and names him', async () => {
  const done: string[] = [];
  const slow = await eachTenant(['big', 'one', 'huge', 'two'], (tenant) => {
    if (tenant.length > 3 || tenant === 'big') return Promise.reject(new DatabaseTooSlow(tenant));
    done.push(tenant);
    return Promise.resolve();
  });
  expect(done).toEqual(['one', 'two']);
  expect(slow).toMatchObject({ name: 'DatabaseTooSlow', message: expect.stringContaining('for big, huge;') as string });
});

it('has nothing to tell when all went well', async () => {
  expect(await eachTenant(['one'], () => Promise.resolve())).toBeUndefined();
});

it('ends at once while Postgres is away', async () => {
  const tried: string[] = [];
  const away = new DatabaseUnavailable(undefined);
  const round = eachTenant(['one', 'two'], (tenant) => {
    tried.push(tenant);
    return Promise.reject(away);
  });
  await expect(round).rejects.toBe(away);
  expect(tried).toEqual(['one']);
});
