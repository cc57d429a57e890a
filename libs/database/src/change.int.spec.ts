import type { TenantId } from '@offerstream/contracts';
import { IDEMPOTENCY_SECONDS, IdempotencyKeyReused, type Change, type ChangeCause } from './change.js';
import { Database } from './database.js';
import { changed, openFreshDatabase, SOMEBODY, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';

const SHOP = 'shop' as TenantId;
const after = (seconds: number) => new Date(SOMEBODY.at.getTime() + seconds * 1_000);
const withKey = (keyHash: string, fingerprint = 'f', fields: Partial<ChangeCause> = {}): ChangeCause => ({
  ...SOMEBODY,
  ...fields,
  idempotency: { keyHash, fingerprint },
});

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
});
afterEach(() => fresh.database.close());

/** A change that can be counted: each time that it is made the tenant has another version. */
let made = 0;
const work = async (change: Change): Promise<{ readonly made: number }> => {
  made += 1;
  const validitySeconds = made;
  await fresh.database.tenants.put(change, {
    id: SHOP,
    consent: 'assumed',
    placements: [{ id: 'p' as never, model: 'm', slots: 1, validitySeconds }],
  });
  return { made: validitySeconds };
};
const version = async () => (await fresh.database.tenants.get(SHOP))?.version;
const audited = async () =>
  (await fresh.database.audit.list(SHOP, { before: undefined, limit: 100 })).records.map(({ requestId }) => requestId);

it('what is thrown undoes everything: the change, its record and its audit record', async () => {
  await expect(
    fresh.database.change(withKey('k'), async (change) => {
      await work(change);
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect([await version(), await audited(), await takeOutbox(fresh.database)]).toEqual([undefined, [], []]);
  expect(await fresh.database.change(withKey('k'), work)).toMatchObject({ replayed: false });
});

it('a repeat of the same request is answered as the first was, and changes nothing', async () => {
  const first = await fresh.database.change(withKey('k'), work);
  expect(first).toEqual({ answer: { made }, replayed: false });
  expect(await fresh.database.change(withKey('k'), work)).toEqual({ answer: first.answer, replayed: true });
  expect([await version(), (await audited()).length]).toEqual([1, 1]);
});

it('an answer of nothing is repeated as nothing', async () => {
  const nothing = () => Promise.resolve(undefined);
  await fresh.database.change(withKey('k'), nothing);
  expect(await fresh.database.change(withKey('k'), nothing)).toEqual({ answer: undefined, replayed: true });
});

it('a key is one request: another one is refused, another caller or operation has his own', async () => {
  await fresh.database.change(withKey('k'), work);
  await expect(fresh.database.change(withKey('k', 'other'), work)).rejects.toThrow(IdempotencyKeyReused);
  const causes = [
    withKey('k2'),
    withKey('k', 'f', { operation: 'another' }),
    withKey('k', 'f', { principal: { kind: 'user', id: 'admin' } }),
  ];
  for (const cause of causes) expect(await fresh.database.change(cause, work)).toMatchObject({ replayed: false });
});

it('the same request at two instances at once is carried out once', async () => {
  const second = new Database({ url: fresh.url, onConnectionLost: () => undefined });
  try {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? fresh.database : second).change(withKey('k'), work)),
    );
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ answer }) => answer.made)).size).toBe(1);
    expect(await version()).toBe(1);
  } finally {
    await second.close();
  }
});

it('a key is forgotten after its time', async () => {
  await fresh.database.change(withKey('k'), work);
  const later = (seconds: number) => fresh.database.change(withKey('k', 'f', { at: after(seconds) }), work);
  expect(await later(IDEMPOTENCY_SECONDS - 1)).toMatchObject({ replayed: true });
  expect(await later(IDEMPOTENCY_SECONDS)).toMatchObject({ replayed: false });
});

it('the audit log is read back from its end, of one tenant', async () => {
  for (const requestId of ['r1', 'r2', 'r3']) await fresh.database.change({ ...SOMEBODY, requestId }, work);
  await fresh.database.change({ ...SOMEBODY, requestId: 'elsewhere' }, (change) =>
    change.audit({ tenant: 'other' as TenantId, target: 'x', summary: {} }),
  );
  const first = await fresh.database.audit.list(SHOP, { before: undefined, limit: 2 });
  expect(first.records.map(({ requestId }) => requestId)).toEqual(['r3', 'r2']);
  expect(first.records[0]).toMatchObject({
    tenant: SHOP,
    operation: 'test',
    principal: SOMEBODY.principal,
    target: 'tenant shop',
  });
  const rest = await fresh.database.audit.list(SHOP, { before: first.next, limit: 2 });
  expect(rest).toMatchObject({ records: [{ requestId: 'r1' }], next: undefined });
});

it('Postgres itself ends a statement whose answer nobody waits for', async () => {
  const [row] = await changed(
    fresh.database,
    ({ transaction }) => transaction.$queryRaw<{ readonly statement_timeout: string }[]>`SHOW statement_timeout`,
  );
  expect(row).toEqual({ statement_timeout: '15s' });
  const slow = changed(fresh.database, async ({ transaction }) => {
    await transaction.$executeRaw`SET LOCAL statement_timeout = 10`;
    await transaction.$queryRaw`SELECT 1 FROM pg_sleep(60)`;
  });
  await expect(slow).rejects.toMatchObject({ code: 'database-too-slow', canRetry: true });
});
