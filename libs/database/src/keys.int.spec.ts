import { tenantSchema, type TenantId } from '@offerstream/contracts';
import { apiKeyId } from '@offerstream/tenancy';
import { changed, openFreshDatabase, SOMEBODY, takeOutbox, type FreshDatabase } from './fresh-database.fixture.js';
import { Database } from './database.js';
import { MAX_KEYS, type KeyRefusal, type NewKey, type Rotation, type StoredKey } from './keys.js';

const SHOP = 'shop' as TenantId;
const OTHER = 'other' as TenantId;
const AT = SOMEBODY.at;
const after = (seconds: number) => new Date(AT.getTime() + seconds * 1_000);
const hashOf = (digit: string) => digit.repeat(64 / digit.length);
const key = (digit: string, fields: Partial<NewKey> = {}): NewKey => ({
  hash: hashOf(digit),
  purpose: 'web',
  kind: 'wk',
  mode: 'live',
  scopes: ['events:write'],
  expires: undefined,
  ...fields,
});

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openFreshDatabase();
  for (const id of [SHOP, OTHER]) {
    await changed(fresh.database, (change) =>
      fresh.database.tenants.put(change, { id, consent: 'assumed', placements: [] }),
    );
  }
  await takeOutbox(fresh.database);
});
afterEach(() => fresh.database.close());

const add = (tenant: TenantId, added: NewKey, { database } = fresh, at = AT): Promise<StoredKey | KeyRefusal> =>
  changed(database, (change) => database.keys.add(change, tenant, added), { ...SOMEBODY, at });
const rotate = (digit: string, rotation: Rotation, at = AT): Promise<StoredKey | KeyRefusal> =>
  changed(fresh.database, (change) => fresh.database.keys.rotate(change, SHOP, apiKeyId(hashOf(digit)), rotation), {
    ...SOMEBODY,
    at,
  });
const revoke = (tenant: TenantId, digit: string) =>
  changed(fresh.database, (change) => fresh.database.keys.revoke(change, tenant, apiKeyId(hashOf(digit))));
const live = async (at = AT) =>
  (await fresh.database.keys.list(SHOP, { after: undefined, limit: 100, at })).keys.map(({ hash }) => hash[0]);
const published = async (): Promise<unknown> => {
  const last = (await takeOutbox(fresh.database)).at(-1);
  return tenantSchema
    .strict()
    .parse(JSON.parse(last?.value ?? ''))
    .keys.map(({ hash, expiresAt }) => [hash[0], expiresAt]);
};

it('a key is told to the data plane by its hash, and shown with all that was said of it', async () => {
  const added = key('a', { kind: 'sk', mode: 'test', scopes: ['offers:read', 'catalog:read'], expires: after(60) });
  expect(await add(SHOP, added)).toEqual({ ...added, id: 'a'.repeat(16), created: AT, lastUsed: undefined });
  const [record] = await takeOutbox(fresh.database);
  expect(tenantSchema.strict().parse(JSON.parse(record?.value ?? '')).keys).toEqual([
    {
      id: 'a'.repeat(16),
      hash: hashOf('a'),
      kind: 'sk',
      scopes: ['offers:read', 'catalog:read'],
      expiresAt: after(60).toISOString(),
    },
  ]);
  expect(await fresh.database.keys.find(hashOf('a'), AT)).toMatchObject({ tenant: SHOP, key: { purpose: 'web' } });
  expect(await fresh.database.keys.find(hashOf('a'), after(60))).toBeUndefined();
});

it('a revoked key leaves the record, and one that is given again comes back', async () => {
  await add(SHOP, key('a'));
  expect(await revoke(SHOP, 'b')).toBe('unknown-key');
  expect(await revoke(OTHER, 'a')).toBe('unknown-key');
  expect(await revoke(SHOP, 'a')).toBe('revoked');
  expect([await published(), await live(), await fresh.database.keys.find(hashOf('a'), AT)]).toEqual([
    [],
    [],
    undefined,
  ]);
  await add(SHOP, key('a'));
  expect([await published(), await live()]).toEqual([[['a', null]], ['a']]);
});

it('a key belongs to one tenant, also of two that want it at once', async () => {
  const additions = await Promise.all([add(SHOP, key('a')), add(OTHER, key('a'))]);
  expect(additions.map((addition) => (typeof addition === 'string' ? addition : 'added')).sort()).toEqual([
    'added',
    'taken',
  ]);
  expect(await add('nobody' as TenantId, key('b'))).toBe('unknown-tenant');
});

it('two keys of a kind are live for a purpose: another purpose, another kind, an ended key do not count', async () => {
  await add(SHOP, key('a'));
  await add(SHOP, key('b', { expires: after(60) }));
  expect(await add(SHOP, key('c'))).toBe('purpose-full');
  expect(await add(SHOP, key('b', { expires: after(60) }))).toMatchObject({ id: 'b'.repeat(16) });
  expect(await add(SHOP, key('d', { purpose: 'app' }))).toMatchObject({ purpose: 'app' });
  expect(await add(SHOP, key('e', { kind: 'sk' }))).toMatchObject({ kind: 'sk' });
  expect(await add(SHOP, key('c'), fresh, after(60))).toMatchObject({ id: 'c'.repeat(16) });
});

it('two instances that add keys of one purpose at once leave two', async () => {
  const second = new Database({ url: fresh.url, onConnectionLost: () => undefined });
  try {
    const additions = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((digit, index) =>
        add(SHOP, key(digit), index % 2 === 0 ? fresh : { ...fresh, database: second }),
      ),
    );
    expect(additions.filter((addition) => addition === 'purpose-full')).toHaveLength(4);
    expect(await live()).toHaveLength(2);
    expect(await published()).toHaveLength(2);
  } finally {
    await second.close();
  }
});

it(`a tenant has at most ${MAX_KEYS} live keys`, async () => {
  for (let index = 0; index < MAX_KEYS; index++) {
    await add(SHOP, key(String(index % 10), { hash: String(index).padStart(64, '0'), purpose: `p${index}` }));
  }
  expect(await add(SHOP, key('a', { purpose: 'one more' }))).toBe('too-many');
});

describe('rotation', () => {
  beforeEach(() => add(SHOP, key('a', { kind: 'sk', mode: 'test', scopes: ['offers:read'] })));

  it('makes a key that is like the old one, which ends with the overlap', async () => {
    expect(await rotate('a', { hash: hashOf('b'), expires: undefined, overlapSeconds: 60 })).toMatchObject({
      purpose: 'web',
      kind: 'sk',
      mode: 'test',
      scopes: ['offers:read'],
      expires: undefined,
    });
    expect(await published()).toEqual([
      ['a', after(60).toISOString()],
      ['b', null],
    ]);
    expect([await live(after(59)), await live(after(60))]).toEqual([['a', 'b'], ['b']]);
  });

  it('without overlap ends the old one at once', async () => {
    await rotate('a', { hash: hashOf('b'), expires: after(600), overlapSeconds: 0 });
    expect(await published()).toEqual([['b', after(600).toISOString()]]);
    expect(await rotate('a', { hash: hashOf('c'), expires: undefined, overlapSeconds: 0 })).toBe('unknown-key');
  });

  it('never lets the old key live longer than it would have', async () => {
    await add(SHOP, key('c', { purpose: 'short', expires: after(10) }));
    await rotate('c', { hash: hashOf('d'), expires: undefined, overlapSeconds: 60 });
    expect(await live(after(10))).toEqual(['a', 'd']);
  });

  it('waits until the rotation before is over', async () => {
    await rotate('a', { hash: hashOf('b'), expires: undefined, overlapSeconds: 60 });
    expect(await rotate('b', { hash: hashOf('c'), expires: undefined, overlapSeconds: 60 })).toBe('purpose-full');
    expect(await live(after(120))).toEqual(['b']);
    expect(await rotate('b', { hash: hashOf('c'), expires: undefined, overlapSeconds: 60 }, after(60))).toMatchObject({
      id: 'c'.repeat(16),
    });
  });

  it('of two at once, one happens', async () => {
    const rotations = await Promise.all(
      ['b', 'c'].map((digit) => rotate('a', { hash: hashOf(digit), expires: undefined, overlapSeconds: 60 })),
    );
    expect(rotations.filter((rotation) => rotation === 'purpose-full')).toHaveLength(1);
    expect(await live()).toHaveLength(2);
  });
});

it('remembers the latest use of a key of a tenant, in whatever order the uses come', async () => {
  await add(SHOP, key('a'));
  const use = (tenant: TenantId, digit: string, seconds: number) => ({
    tenant,
    id: apiKeyId(hashOf(digit)),
    at: after(seconds),
  });
  await fresh.database.keys.use([use(SHOP, 'a', 3), use(SHOP, 'a', 5), use(OTHER, 'a', 9), use(SHOP, 'b', 9)]);
  await fresh.database.keys.use([use(SHOP, 'a', 4)]);
  await fresh.database.keys.use([]);
  const { keys } = await fresh.database.keys.list(SHOP, { after: undefined, limit: 1, at: AT });
  expect(keys[0]?.lastUsed).toEqual(after(5));
});

it('pages through keys, oldest first', async () => {
  for (const [index, digit] of ['c', 'a', 'b'].entries())
    await add(SHOP, key(digit, { purpose: digit }), fresh, after(index));
  const first = await fresh.database.keys.list(SHOP, { after: undefined, limit: 2, at: AT });
  expect(first.keys.map(({ purpose }) => purpose)).toEqual(['c', 'a']);
  const second = await fresh.database.keys.list(SHOP, { after: first.next, limit: 2, at: AT });
  expect(second).toMatchObject({ keys: [{ purpose: 'b' }], next: undefined });
});
