import type { TenantId } from '@offerstream/contracts';
import { changed, openFreshDatabase, type FreshDatabase } from './fresh-database.fixture.js';

const put = (fresh: FreshDatabase, id: string) =>
  changed(fresh.database, (change) =>
    fresh.database.tenants.put(change, { id: id as TenantId, consent: 'assumed', placements: [] }),
  );

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
});
afterEach(() => fresh.database.close());

it('one session at a time holds the outbox; the next takes over when it ends', async () => {
  const first = await fresh.database.openOutboxSession(() => undefined);
  const second = await fresh.database.openOutboxSession(() => undefined);
  expect(await first.tryLock()).toBe(true);
  expect(await second.tryLock()).toBe(false);
  await first.close();
  expect(await second.tryLock()).toBe(true);
  await second.close();
});

it('a committed change wakes a session', async () => {
  let wake: () => void = () => undefined;
  const woken = new Promise<void>((resolve) => (wake = resolve));
  const session = await fresh.database.openOutboxSession(() => wake());
  await put(fresh, 'a');
  await woken;
  await session.close();
});

it('hands out the oldest records until they are finished, and knows when a batch was not', async () => {
  await put(fresh, 'a');
  await put(fresh, 'b');
  const crashed = await fresh.database.openOutboxSession(() => undefined);
  await crashed.tryLock();
  expect(await crashed.unfinishedForMs()).toBeUndefined();
  expect((await crashed.begin(1)).map(({ key }) => key)).toEqual(['a']);
  await crashed.close();

  const next = await fresh.database.openOutboxSession(() => undefined);
  await next.tryLock();
  expect(await next.unfinishedForMs()).toBeGreaterThanOrEqual(0);
  const both = await next.begin(10);
  expect(both.map(({ key }) => key)).toEqual(['a', 'b']);
  await next.finish(both);
  expect(await next.unfinishedForMs()).toBeUndefined();
  expect(await next.begin(10)).toEqual([]);
  expect(await next.unfinishedForMs()).toBeUndefined();
  expect(await fresh.database.outbox.depth()).toEqual({ records: 0, oldest: undefined });
  await next.close();
});
