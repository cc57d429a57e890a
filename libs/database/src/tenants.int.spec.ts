import type { PlacementId, TenantId } from '@offerstream/contracts';
import { openFreshDatabase, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';
import { MAX_WRITE_KEYS } from './tenants.js';

const SHOP = 'shop' as TenantId;
const AT = new Date('2026-03-01T00:00:00.000Z');
const home = { id: 'home' as PlacementId, model: 'shop.behaviour', slots: 10, validitySeconds: 3_600 };
const cart = { id: 'cart' as PlacementId, model: 'shop.content', slots: 4, validitySeconds: 60 };
const key = (digit: string, name = 'web') => ({ hash: digit.repeat(64), name, created: AT });

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
});
afterEach(() => fresh.database.close());

const records = async (): Promise<readonly unknown[]> =>
  (await takeOutbox(fresh.database)).map(({ value }) => JSON.parse(value ?? '') as unknown);

it('each change makes a record with the full state, no change makes none', async () => {
  const { tenants } = fresh.database;
  await tenants.put({ id: SHOP, consent: 'assumed', placements: [cart, home] });
  await tenants.put({ id: SHOP, consent: 'assumed', placements: [cart, home] });
  expect(await tenants.addWriteKey(SHOP, key('a'))).toBe('added');
  expect(await tenants.addWriteKey(SHOP, key('a'))).toBe('known');
  const stored = await tenants.put({ id: SHOP, consent: 'required', placements: [home] });
  expect(stored).toEqual({ id: SHOP, consent: 'required', placements: [home], version: 3 });
  expect(await records()).toEqual([
    { id: SHOP, consent: 'assumed', placements: [cart, home], writeKeyHashes: [] },
    { id: SHOP, consent: 'assumed', placements: [cart, home], writeKeyHashes: ['a'.repeat(64)] },
    { id: SHOP, consent: 'required', placements: [home], writeKeyHashes: ['a'.repeat(64)] },
  ]);
});

it('a revoked write key leaves the record and can come back', async () => {
  const { tenants } = fresh.database;
  await tenants.put({ id: SHOP, consent: 'assumed', placements: [] });
  await tenants.addWriteKey(SHOP, key('a'));
  await takeOutbox(fresh.database);
  expect(await tenants.revokeWriteKey(SHOP, 'b', AT)).toBe(false);
  expect(await tenants.revokeWriteKey(SHOP, 'aaaa', AT)).toBe(true);
  expect(await tenants.listWriteKeys(SHOP)).toEqual([]);
  expect(await tenants.addWriteKey(SHOP, key('a', 'again'))).toBe('added');
  expect(await tenants.listWriteKeys(SHOP)).toEqual([key('a', 'again')]);
  expect(await records()).toMatchObject([{ writeKeyHashes: [] }, { writeKeyHashes: ['a'.repeat(64)] }]);
});

it('a write key belongs to one tenant', async () => {
  const { tenants } = fresh.database;
  const other = 'other' as TenantId;
  await tenants.put({ id: SHOP, consent: 'assumed', placements: [] });
  await tenants.put({ id: other, consent: 'assumed', placements: [] });
  const additions = await Promise.all([tenants.addWriteKey(SHOP, key('a')), tenants.addWriteKey(other, key('a'))]);
  expect([...additions].sort()).toEqual(['added', 'taken']);
  expect(await tenants.addWriteKey('nobody' as TenantId, key('b'))).toBe('unknown-tenant');
  expect(await tenants.listWriteKeys('nobody' as TenantId)).toBeUndefined();
});

it(`a tenant has at most ${MAX_WRITE_KEYS} live write keys`, async () => {
  const { tenants } = fresh.database;
  await tenants.put({ id: SHOP, consent: 'assumed', placements: [] });
  for (let index = 0; index < MAX_WRITE_KEYS; index++) {
    await tenants.addWriteKey(SHOP, { hash: String(index).padStart(64, '0'), name: 'n', created: AT });
  }
  expect(await tenants.addWriteKey(SHOP, key('a'))).toBe('too-many');
});

it('concurrent changes of one tenant are all kept, and the last record is the state', async () => {
  const { tenants } = fresh.database;
  await Promise.all([
    ...Array.from({ length: 8 }, (_, index) =>
      tenants.put({
        id: SHOP,
        consent: index % 2 === 0 ? 'assumed' : 'required',
        placements: [{ ...home, slots: index + 1 }],
      }),
    ),
  ]);
  await Promise.all(['a', 'b', 'c', 'd'].map((digit) => tenants.addWriteKey(SHOP, key(digit))));
  const states = await records();
  const stored = await tenants.get(SHOP);
  expect(stored?.version).toBe(states.length);
  expect(states.at(-1)).toEqual({
    id: SHOP,
    consent: stored?.consent,
    placements: stored?.placements,
    writeKeyHashes: ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64)),
  });
});
