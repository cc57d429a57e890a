import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@offerstream/contracts';
import type { Role } from '@offerstream/tenancy';
import { Database } from './database.js';
import { changed, openFreshDatabase, SOMEBODY, type FreshDatabase } from './fresh-database.fixture.js';
import type { StoredUser, UserRefusal } from './users.js';

const SHOP = 'shop' as TenantId;
const OTHER = 'other' as TenantId;
const AT = SOMEBODY.at;
const after = (seconds: number) => new Date(AT.getTime() + seconds * 1_000);

let fresh: FreshDatabase;
let second: Database;
beforeEach(async () => {
  fresh = await openFreshDatabase();
  second = new Database({ url: fresh.url, onConnectionLost: () => undefined });
  for (const id of [SHOP, OTHER]) {
    await changed(fresh.database, (change) =>
      fresh.database.tenants.put(change, { id, consent: 'assumed', placements: [] }),
    );
  }
});
afterEach(() => Promise.all([fresh.database.close(), second.close()]));

const add = (tenant: TenantId, name: string, role: Role): Promise<StoredUser | UserRefusal> =>
  changed(fresh.database, (change) =>
    fresh.database.users.add(change, tenant, {
      id: `u-${name}`,
      email: `${name}@x.y`,
      name,
      role,
      password: 'checker',
    }),
  );
const setRole = (id: string, role: Role, ifVersion?: number, database = fresh.database) =>
  changed(database, (change) => database.users.setRole(change, { tenant: SHOP, id }, role, ifVersion));
const remove = (tenant: TenantId, id: string, database = fresh.database) =>
  changed(database, (change) => database.users.remove(change, { tenant, id }));
const owners = async () =>
  (await fresh.database.users.list(SHOP, { after: undefined, limit: 100 })).users.filter(
    ({ role }) => role === 'owner',
  );

it('a user is found by his id and his address, in his tenant only', async () => {
  const added = await add(SHOP, 'ann', 'editor');
  expect(added).toMatchObject({ id: 'u-ann', tenant: SHOP, role: 'editor', version: 1, created: AT });
  expect(await fresh.database.users.get(SHOP, 'u-ann')).toEqual(added);
  expect(await fresh.database.users.findByEmail(SHOP, 'ann@x.y')).toEqual(added);
  expect(await fresh.database.users.get(OTHER, 'u-ann')).toBeUndefined();
  expect(await fresh.database.users.findByEmail(OTHER, 'ann@x.y')).toBeUndefined();
});

it('an address is one user of a tenant, and may be another of another', async () => {
  await add(SHOP, 'ann', 'editor');
  expect(await add(SHOP, 'ann', 'owner')).toBe('email-taken');
  const other = { id: 'u-2', email: 'ann@x.y', name: undefined, role: 'owner', password: 'p' } as const;
  expect(await changed(fresh.database, (change) => fresh.database.users.add(change, OTHER, other))).toMatchObject(
    other,
  );
});

it('the last owner stays an owner, and stays', async () => {
  await add(SHOP, 'ann', 'owner');
  expect(await setRole('u-ann', 'editor')).toBe('last-owner');
  expect(await remove(SHOP, 'u-ann')).toBe('last-owner');
  await add(SHOP, 'bob', 'owner');
  expect(await setRole('u-ann', 'editor')).toMatchObject({ role: 'editor', version: 2 });
  expect(await remove(SHOP, 'u-bob')).toBe('last-owner');
  expect(await remove(SHOP, 'u-ann')).toBe('removed');
});

it('two instances that take two owners away at once leave one', async () => {
  for (let round = 0; round < 5; round++) {
    await add(SHOP, `a${round}`, 'owner');
    await add(SHOP, `b${round}`, 'owner');
    const outcomes = await Promise.all(
      (await owners()).map(({ id }, index) =>
        index % 2 === 0 ? remove(SHOP, id) : setRole(id, 'editor', undefined, second),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'last-owner')).toHaveLength(1);
    expect(await owners()).toHaveLength(1);
  }
});

it('of two who change the version that both have read, one does', async () => {
  await add(SHOP, 'ann', 'editor');
  const outcomes = await Promise.all([setRole('u-ann', 'analyst', 1), setRole('u-ann', 'billing', 1, second)]);
  expect(outcomes.filter((outcome) => outcome === 2)).toHaveLength(1);
  expect(await setRole('u-nobody', 'editor')).toBe('unknown-user');
  expect(await remove(OTHER, 'u-ann')).toBe('unknown-user');
});

describe('a session', () => {
  const begin = (user: StoredUser, tokenHash: string, expires: Date, at = AT) =>
    changed(fresh.database, (change) => fresh.database.sessions.begin(change, user, { tokenHash, expires }), {
      ...SOMEBODY,
      at,
    });
  let ann: StoredUser;
  beforeEach(async () => {
    ann = (await add(SHOP, 'ann', 'editor')) as StoredUser;
    await begin(ann, 'token', after(60));
  });

  it('is over when its time is, or when its user ends it', async () => {
    const { sessions } = fresh.database;
    expect(await sessions.find('token', after(59))).toEqual(ann);
    expect(await sessions.find('token', after(60))).toBeUndefined();
    expect(await sessions.find('other', AT)).toBeUndefined();
    await changed(fresh.database, (change) => sessions.end(change, { tenant: SHOP, id: 'u-other' }, 'token'));
    expect(await sessions.find('token', AT)).toBeDefined();
    await changed(fresh.database, (change) => sessions.end(change, ann, 'token'));
    expect(await sessions.find('token', AT)).toBeUndefined();
  });

  it('knows the role that its user has by now, and goes with him', async () => {
    await setRole('u-ann', 'billing');
    expect(await fresh.database.sessions.find('token', AT)).toMatchObject({ role: 'billing' });
    await remove(SHOP, 'u-ann');
    expect(await fresh.database.sessions.find('token', AT)).toBeUndefined();
  });

  it('that is over goes with the next that begins', async () => {
    await begin(ann, 'next', after(600), after(60));
    expect(await fresh.database.sessions.find('token', AT)).toBeUndefined();
    expect(await fresh.database.sessions.find('next', AT)).toEqual(ann);
  });
});

describe('a password that was proved just before it is changed', () => {
  let ann: StoredUser;
  beforeEach(async () => {
    ann = (await add(SHOP, 'ann', 'editor')) as StoredUser;
  });
  const begin = (tokenHash: string) =>
    changed(second, (change) => second.sessions.begin(change, ann, { tokenHash, expires: after(60) }));
  const setPassword = (checker: string, database = fresh.database) =>
    changed(database, (change) => database.users.setPassword(change, ann, checker, 'kept'));

  it('begins no session that outlives the change', async () => {
    let late: Promise<boolean> | undefined;
    await changed(fresh.database, async (change) => {
      await begin('early');
      await fresh.database.users.setPassword(change, ann, 'other', 'kept');
      late = begin('late');
      await sleep(200);
    });
    expect(await late).toBe(false);
    for (const token of ['early', 'late']) expect(await fresh.database.sessions.find(token, AT)).toBeUndefined();
    await remove(SHOP, 'u-ann');
    expect(await begin('of nobody')).toBe(false);
  });

  it('is changed once, and not for a user who is gone', async () => {
    const outcomes = await Promise.all([setPassword('one'), setPassword('other', second)]);
    expect([...outcomes].sort()).toEqual([false, true]);
    await remove(SHOP, 'u-ann');
    expect(await setPassword('third')).toBe(false);
  });
});

it('pages through users by id', async () => {
  for (const name of ['a', 'b', 'c']) await add(SHOP, name, 'owner');
  const first = await fresh.database.users.list(SHOP, { after: undefined, limit: 2 });
  expect(first).toMatchObject({ users: [{ id: 'u-a' }, { id: 'u-b' }], next: 'u-b' });
  expect((await fresh.database.users.list(SHOP, { after: 'u-b', limit: 2 })).users).toMatchObject([{ id: 'u-c' }]);
});
