import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tenantSchema, type TenantId } from '@offerstream/contracts';
import { readApiKey, SCOPES_OF_KEY_KIND, TenantTable } from '@offerstream/tenancy';
import {
  callControl,
  freshPlace,
  startControlProcess,
  startReadyControl,
  tableOnceIt,
  TEST_TIMEOUT_MS,
  until,
  type Answer,
  type ControlPlace,
  type RunningControl,
} from '../running-control.fixture.js';

let place: ControlPlace;
let control: RunningControl;
beforeAll(async () => {
  place = await freshPlace();
  control = await startReadyControl(place);
}, TEST_TIMEOUT_MS);
afterAll(() => control.close());

let tenants = 0;
const newTenant = async (): Promise<string> => {
  const tenant = `keys-${++tenants}`;
  await control.call('PUT', `/v1/tenants/${tenant}`, { consent: 'assumed', placements: [] });
  return tenant;
};
const create = (tenant: string, body: object, token = control.token, headers: Readonly<Record<string, string>> = {}) =>
  control.callAs(token, 'POST', `/v1/tenants/${tenant}/keys`, { purpose: 'web', kind: 'sk', ...body }, headers);
const keyOf = ({ body }: Answer): string => body['key'] as string;
const idOf = ({ body }: Answer): string => body['id'] as string;
const list = async (tenant: string) =>
  (await control.call('GET', `/v1/tenants/${tenant}/keys`)).body['keys'] as Readonly<Record<string, unknown>>[];
/** What the data plane makes of the tenant's newest record, once it has that many keys. */
const dataPlane = async (tenant: string, keys: number): Promise<TenantTable> => {
  const records = await tableOnceIt(place, 'tenants', (table) => {
    const record = tenantSchema.safeParse(table.get(tenant));
    return record.success && record.data.keys.length === keys;
  });
  const table = new TenantTable();
  expect(table.apply(tenant, Buffer.from(JSON.stringify(records.get(tenant))))).toBeUndefined();
  return table;
};

it('a key is shown once, works in the data plane, and stops there when it is revoked', async () => {
  const tenant = await newTenant();
  const made = await create(tenant, { mode: 'test', scopes: ['offers:read'] });
  expect(made).toMatchObject({ status: 201, body: { purpose: 'web', expiresAt: null, lastUsedAt: null } });
  expect(readApiKey(keyOf(made))).toEqual({ kind: 'sk', mode: 'test' });
  const known = (await dataPlane(tenant, 1)).keys.find(keyOf(made), Date.now());
  expect(known).toMatchObject({ tenant, id: idOf(made), kind: 'sk' });
  expect([...(known?.scopes ?? [])]).toEqual(['offers:read']);
  const [listed] = await list(tenant);
  expect(listed).toEqual({ ...made.body, key: undefined });
  expect(JSON.stringify(listed)).not.toContain(keyOf(made));
  const path = `/v1/tenants/${tenant}/keys/${idOf(made)}`;
  expect((await control.call('DELETE', path)).status).toBe(204);
  expect((await dataPlane(tenant, 0)).keys.find(keyOf(made), Date.now())).toBeUndefined();
  expect(await control.call('DELETE', path)).toMatchObject({ status: 404, body: { code: 'key-unknown' } });
  expect(await list(tenant)).toEqual([]);
});

it('a write key of one’s own is taken, again too, and belongs to one tenant', async () => {
  const [tenant, other] = [await newTenant(), await newTenant()];
  const own = { kind: 'wk', key: 'a-key-of-my-own' };
  expect(await create(tenant, own)).toMatchObject({ status: 201, body: { scopes: ['events:write'] } });
  expect((await create(tenant, own)).body).not.toHaveProperty('key');
  expect(await create(other, own)).toMatchObject({ status: 409, body: { code: 'key-taken' } });
  expect((await dataPlane(tenant, 1)).keys.find('a-key-of-my-own', Date.now())).toMatchObject({ kind: 'wk' });
});

it.each([
  ['a secret key of one’s own', { key: 'a-key-of-my-own-2' }],
  ['a write key of one’s own that begins like a made one', { kind: 'wk', key: 'ofs_wk_live_x' }],
  ['a write key that reads', { kind: 'wk', scopes: ['offers:read'] }],
  ['a key that makes keys', { scopes: ['keys:write'] }],
  ['a key for every tenant', { scopes: ['tenants:read'] }],
  ['a key without scopes', { scopes: [] }],
  ['a key that is over already', { expiresAt: '2020-01-01T00:00:00Z' }],
  ['a purpose with a line break', { purpose: 'a\nb' }],
])('%s can not be had', async (_, body) => {
  expect(await create(await newTenant(), body)).toMatchObject({ status: 400, body: { code: 'invalid' } });
});

it('a third key of a purpose has to wait, and a rotation is how one replaces another', async () => {
  const tenant = await newTenant();
  const first = await create(tenant, { scopes: ['offers:read'] });
  const rotate = (id: string, body: object) => control.call('POST', `/v1/tenants/${tenant}/keys/${id}/rotation`, body);
  const second = await rotate(idOf(first), { overlapSeconds: 3_600 });
  expect(second).toMatchObject({ status: 201, body: { purpose: 'web', scopes: ['offers:read'], expiresAt: null } });
  const table = await dataPlane(tenant, 2);
  const inAMinute = Date.now() + 60_000;
  const inAnHour = Date.now() + 3_601_000;
  const works = (key: Answer, at: number) => table.keys.find(keyOf(key), at) !== undefined;
  expect([works(first, inAMinute), works(second, inAMinute)]).toEqual([true, true]);
  expect([works(first, inAnHour), works(second, inAnHour)]).toEqual([false, true]);
  expect(await rotate(idOf(second), {})).toMatchObject({ status: 409, body: { code: 'purpose-full' } });
  expect(await create(tenant, {})).toMatchObject({ status: 409, body: { code: 'purpose-full' } });
  expect((await create(tenant, { purpose: 'app' })).status).toBe(201);
  const third = await rotate(idOf(second), { overlapSeconds: 0 });
  expect(third.status).toBe(201);
  expect((await list(tenant)).map(({ id }) => id)).toEqual([idOf(first), expect.any(String), idOf(third)]);
});

describe('nobody gets by a key what he has not got', () => {
  const PASSWORD = 'correct horse battery';
  let tenant: string;
  let operator: string;
  beforeAll(async () => {
    tenant = await newTenant();
    const email = 'operator@example.com';
    await control.call('POST', `/v1/tenants/${tenant}/users`, { email, password: PASSWORD, role: 'operator' });
    const session = await control.callAs(undefined, 'POST', '/v1/sessions', { tenant, email, password: PASSWORD });
    operator = session.body['token'] as string;
  });

  it('not by making one: it has what its maker has, at most', async () => {
    expect(await create(tenant, { scopes: ['catalog:write'] }, operator)).toMatchObject({
      status: 403,
      body: { code: 'scopes-not-yours' },
    });
    const made = await create(tenant, {}, operator);
    expect(made.status).toBe(201);
    expect(made.body['scopes']).toEqual(SCOPES_OF_KEY_KIND.sk.filter((scope) => scope !== 'catalog:write'));
  });

  it('not by rotating one: that of somebody else stays as it was', async () => {
    const strong = await create(tenant, { purpose: 'import', scopes: ['catalog:write'] });
    const path = `/v1/tenants/${tenant}/keys/${idOf(strong)}/rotation`;
    expect(await control.callAs(operator, 'POST', path, { overlapSeconds: 0 })).toMatchObject({
      status: 403,
      body: { code: 'scopes-not-yours' },
    });
    expect((await list(tenant)).find(({ purpose }) => purpose === 'import')).toMatchObject({ expiresAt: null });
  });
});

it('a secret key does in the back office what its scopes say, in its tenant, and its last use is known', async () => {
  const [tenant, other] = [await newTenant(), await newTenant()];
  const key = keyOf(await create(tenant, { scopes: ['catalog:read'] }));
  const items = (of: string) => control.callAs(key, 'GET', `/v1/catalog/items?tenant=${of}`);
  expect((await items(tenant)).status).toBe(200);
  expect(await items(other)).toMatchObject({ status: 404, body: { code: 'tenant-unknown' } });
  expect(await control.callAs(key, 'POST', `/v1/catalog/items?tenant=${tenant}`, { id: 'a' })).toMatchObject({
    status: 403,
    body: { code: 'scope-missing' },
  });
  const [shown] = await list(tenant);
  expect(Date.now() - Date.parse(shown?.['lastUsedAt'] as string)).toBeLessThan(60_000);
  await control.call('DELETE', `/v1/tenants/${tenant}/keys/${shown?.['id'] as string}`);
  expect((await items(tenant)).status).toBe(401);
});

it('the data plane reports uses with the service token, which does nothing else', async () => {
  const tenant = await newTenant();
  const id = idOf(await create(tenant, {}));
  const service = (await readFile(join(place.dataFolder, 'services/service-token'), 'utf8')).trim();
  const report = (token: string, usedAt: string) =>
    control.callAs(token, 'POST', '/v1/key-uses', { uses: [{ tenant, key: id, usedAt }] });
  expect((await report(service, '2026-03-02T00:00:00Z')).status).toBe(204);
  expect((await report(service, '2026-03-01T00:00:00Z')).status).toBe(204);
  expect((await list(tenant))[0]).toMatchObject({ lastUsedAt: '2026-03-02T00:00:00.000Z' });
  const owner = await control.callAs(undefined, 'POST', '/v1/sign-ups', {
    tenant: 'reporter',
    email: 'a@b.example',
    password: 'correct horse battery',
  });
  const { token } = owner.body['session'] as { token: string };
  expect((await report(token, '2026-03-03T00:00:00Z')).status).toBe(403);
  expect((await control.callAs(service, 'GET', `/v1/tenants/${tenant}/keys`)).status).toBe(403);
});

it('a key that is asked for twice with one Idempotency-Key is made once, and shown once', async () => {
  const tenant = await newTenant();
  const once = { 'idempotency-key': 'a-random-key-of-mine' };
  const first = await create(tenant, {}, control.token, once);
  const repeat = await create(tenant, {}, control.token, once);
  expect(repeat.status).toBe(201);
  expect({ ...repeat.body, key: keyOf(first) }).toEqual(first.body);
  expect(repeat.body).not.toHaveProperty('key');
  expect(await list(tenant)).toHaveLength(1);
  expect(await create(tenant, { purpose: 'app' }, control.token, once)).toMatchObject({ status: 422 });
});

it(
  'two instances that make keys for one purpose at once make two, and the data plane has both',
  async () => {
    const second = await startControlProcess(place);
    try {
      await until(async () => (await second.call('GET', '/v1/tenants')).status === 200);
      const tenant = (await newTenant()) as TenantId;
      const attempts = await Promise.all(
        Array.from({ length: 10 }, (_, index) => {
          const instance = index % 2 === 0 ? control : second;
          return callControl(instance, 'POST', `/v1/tenants/${tenant}/keys`, { purpose: 'web', kind: 'sk' });
        }),
      );
      const made = attempts.filter(({ status }) => status === 201);
      expect(made).toHaveLength(2);
      expect(attempts.filter(({ status }) => status === 409)).toHaveLength(8);
      const table = await dataPlane(tenant, 2);
      for (const answer of made) expect(table.keys.find(keyOf(answer), Date.now())).toMatchObject({ tenant });
    } finally {
      await second.kill('SIGTERM');
    }
  },
  TEST_TIMEOUT_MS,
);
