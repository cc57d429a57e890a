import {
  catalogItemSchema,
  promotedModelSchema,
  tenantSchema,
  type CatalogItem,
  type ItemId,
  type PlacementId,
  type TenantId,
} from '@offerstream/contracts';
import { ControlClient } from '@offerstream/control-client';
import { readApiKey } from '@offerstream/tenancy';
import {
  freshPlace,
  recordsOf,
  startReadyControl,
  tableOnceIt,
  TEST_TIMEOUT_MS,
  until,
  type ControlPlace,
  type RunningControl,
} from './running-control.fixture.js';

const homeOf = (tenant: string) => ({ id: 'home', model: `${tenant}.behaviour`, slots: 10, validitySeconds: 600 });
const HOME = homeOf('refused');
const SHA256_OF_DEMO = '8c365d0d5950e8e1';

let place: ControlPlace;
let control: RunningControl;
beforeAll(async () => {
  place = await freshPlace();
  control = await startReadyControl(place);
}, TEST_TIMEOUT_MS);
afterAll(() => control.close());

let tenantCount = 0;
const newTenant = async (): Promise<string> => {
  const tenant = `shop-${++tenantCount}`;
  const settings = { consent: 'assumed', placements: [homeOf(tenant)] };
  const { status } = await control.call('PUT', `/v1/tenants/${tenant}`, settings);
  expect(status).toBe(200);
  return tenant;
};

describe('what a program sends with the client', () => {
  it('arrives on the compacted topics exactly as the contracts describe it', async () => {
    const tenant = 'client-shop' as TenantId;
    const client = new ControlClient({ url: control.url, token: control.token });
    await client.putTenant({
      id: tenant,
      consent: 'required',
      placements: [{ ...homeOf(tenant), id: 'home' as PlacementId, copyTemplates: ['{New|Back}: {title}'] }],
    });
    const made = await client.createKey(tenant, { purpose: 'server', kind: 'sk', mode: 'test' });
    const given = await client.createKey(tenant, { purpose: 'web', kind: 'wk', key: 'demo-write-key' });
    expect(readApiKey(made.key ?? '')).toEqual({ kind: 'sk', mode: 'test' });
    expect(given).toMatchObject({ id: SHA256_OF_DEMO, purpose: 'web', scopes: ['events:write'] });
    expect(given).not.toHaveProperty('key');

    const item = (id: number): CatalogItem => ({
      id: `i${id}` as ItemId,
      title: `Item ${id}`,
      categories: ['Shoes'],
      price: 1.5,
      currency: 'EUR',
      available: id % 2 === 0,
      color: 'red',
    });
    const progress: number[] = [];
    const result = await client.putItems(
      tenant,
      [...Array.from({ length: 6_000 }, (_, id) => item(id)), { ...item(1), price: -1 }],
      ({ accepted }) => progress.push(accepted),
    );
    expect(result).toMatchObject({ accepted: 6_000, failed: 1, errors: [{ number: 6_001, code: 'invalid' }] });
    expect(progress).toEqual([5_000, 6_000]);
    const promoted = await client.promoteModel({
      tenant,
      name: `${tenant}.behaviour`,
      version: '3',
      family: 'behaviour',
      popular: ['i1', 'i0'] as ItemId[],
    });

    const tenants = await tableOnceIt(place, 'tenants', (table) =>
      JSON.stringify(table.get(tenant) ?? '').includes(SHA256_OF_DEMO),
    );
    const record = tenantSchema.strict().parse(tenants.get(tenant));
    expect(record).toMatchObject({
      id: tenant,
      consent: 'required',
      placements: [{ ...homeOf(tenant), copyTemplates: ['{New|Back}: {title}'] }],
    });
    expect(record.keys).toMatchObject([
      { id: made.id, kind: 'sk', expiresAt: null },
      { id: SHA256_OF_DEMO, kind: 'wk', scopes: ['events:write'] },
    ]);
    expect(JSON.stringify(record)).not.toContain('demo-write-key');
    expect(JSON.stringify(record)).not.toContain(made.key);

    const catalog = await tableOnceIt(place, 'catalog', (table) => table.size === 6_000);
    expect(catalogItemSchema.parse(catalog.get(`${tenant}:i7`))).toEqual(item(7));

    const models = await tableOnceIt(place, 'models', (table) => table.has(`${tenant}:${tenant}.behaviour`));
    expect(promotedModelSchema.strict().parse(models.get(`${tenant}:${tenant}.behaviour`))).toEqual(promoted);
  });

  it('is refused in words when the token is wrong', async () => {
    const client = new ControlClient({ url: control.url, token: 'wrong' });
    await expect(client.listKeys('shop' as TenantId)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('tenants', () => {
  it('are listed and shown, and an unchanged one keeps its version', async () => {
    const tenant = await newTenant();
    await control.call('PUT', `/v1/tenants/${tenant}`, { consent: 'assumed', placements: [homeOf(tenant)] });
    const { body } = await control.call('GET', `/v1/tenants/${tenant}`);
    expect(body).toEqual({
      id: tenant,
      consent: 'assumed',
      placements: [homeOf(tenant)],
      pictureHosts: [],
      version: 1,
    });
    expect((await control.call('GET', '/v1/tenants')).body['tenants']).toContainEqual(body);
  });

  it('change for whoever has read the version that they have, and for nobody else', async () => {
    const tenant = await newTenant();
    const path = `/v1/tenants/${tenant}`;
    expect((await control.call('GET', path)).headers.get('etag')).toBe('"1"');
    const put = (ifMatch: string, slots: number) =>
      control.callAs(
        control.token,
        'PUT',
        path,
        { consent: 'assumed', placements: [{ ...homeOf(tenant), slots }] },
        { 'if-match': ifMatch },
      );
    const changes = await Promise.all([put('"1"', 1), put('"1"', 2)]);
    expect(changes.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(await put('"1"', 3)).toMatchObject({ status: 412, body: { code: 'version-conflict' } });
    expect((await put('"2"', 3)).headers.get('etag')).toBe('"3"');
    expect(await put('2', 3)).toMatchObject({ status: 400, body: { code: 'if-match' } });
  });
});

describe('the catalog', () => {
  it('takes one item, shows it, and forgets it with a tombstone', async () => {
    const tenant = await newTenant();
    const path = `/v1/catalog/items/a%2F1?tenant=${tenant}`;
    const item = { id: 'a/1', categories: [], available: true, size: 'XL' };
    expect((await control.call('POST', `/v1/catalog/items?tenant=${tenant}`, { id: 'a/1', size: 'XL' })).body).toEqual({
      item,
      version: 1,
    });
    expect((await control.call('GET', path)).body).toEqual({ item, version: 1 });
    expect((await control.call('DELETE', path)).status).toBe(204);
    expect((await control.call('GET', path)).status).toBe(404);
    expect((await control.call('DELETE', path)).status).toBe(404);
    await until(async () => {
      const values = (await recordsOf(place, 'catalog'))
        .filter(({ key }) => key?.toString() === `${tenant}:a/1`)
        .map(({ value }) => value === null);
      return values.length === 2 && values[0] === false && values[1] === true;
    });
  });

  it('changes an item for whoever has read its version', async () => {
    const tenant = await newTenant();
    const path = `/v1/catalog/items?tenant=${tenant}`;
    const put = (body: unknown, ifMatch: string) =>
      control.callAs(control.token, 'POST', path, body, { 'if-match': ifMatch });
    expect(await put({ id: 'a' }, '"1"')).toMatchObject({ status: 412 });
    expect((await control.call('POST', path, { id: 'a' })).headers.get('etag')).toBe('"1"');
    expect(await put({ id: 'a', price: 1 }, '"1"')).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await put({ id: 'a', price: 2 }, '"1"')).toMatchObject({ status: 412 });
    expect(await put('{"id":"a"}', '"2"')).toMatchObject({ status: 400, body: { code: 'one-item' } });
    const remove = (ifMatch: string) =>
      control.callAs(control.token, 'DELETE', `/v1/catalog/items/a?tenant=${tenant}`, undefined, {
        'if-match': ifMatch,
      });
    expect([(await remove('"1"')).status, (await remove('"2"')).status]).toEqual([412, 204]);
  });

  it('takes the good lines of many, names the bad ones, and pages through what it has', async () => {
    const tenant = await newTenant();
    const lines = '{"id":"a"}\nnope\n{"id":"b","price":"1"}\n{"id":"c"}\n{"id":"d"}';
    const { status, body } = await control.call('POST', `/v1/catalog/items?tenant=${tenant}`, lines);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      accepted: 3,
      failed: 2,
      errors: [
        { line: 2, code: 'not-json' },
        { line: 3, code: 'invalid' },
      ],
    });
    const first = await control.call('GET', `/v1/catalog/items?tenant=${tenant}&limit=2`);
    expect(first.body['next']).toBe('c');
    const second = await control.call('GET', `/v1/catalog/items?tenant=${tenant}&limit=2&after=c`);
    expect(second.body).toMatchObject({ items: [{ item: { id: 'd' }, version: 1 }] });
    expect(second.body).not.toHaveProperty('next');
  });
});

describe('every refusal is a problem with code, reason and fix', () => {
  const put = (body: unknown) => control.call('PUT', '/v1/tenants/refused', body);
  const oneItem = (body: unknown) => control.call('POST', '/v1/catalog/items?tenant=nobody', body);

  it.each([
    ['a field out of range', () => put({ consent: 'assumed', placements: [{ ...HOME, slots: 0 }] }), 400, 'invalid'],
    ['an unknown field', () => put({ consent: 'assumed', placements: [], extra: 1 }), 400, 'invalid'],
    ['a placement twice', () => put({ consent: 'assumed', placements: [HOME, HOME] }), 400, 'invalid'],
    [
      'a number too large',
      () => put({ consent: 'assumed', placements: [{ ...HOME, validitySeconds: 1e10 }] }),
      400,
      'invalid',
    ],
    [
      'a template of copy that is none',
      () => put({ consent: 'assumed', placements: [{ ...HOME, copyTemplates: ['{size}'] }] }),
      400,
      'invalid',
    ],
    ['a bad tenant', () => control.call('GET', '/v1/tenants/No_Tenant'), 400, 'invalid'],
    ['an unknown tenant', () => control.call('GET', '/v1/tenants/nobody'), 404, 'tenant-unknown'],
    ['an item of an unknown tenant', () => oneItem({ id: 'a' }), 404, 'tenant-unknown'],
    ['items of an unknown tenant', () => oneItem('{"id":"a"}'), 404, 'tenant-unknown'],
    ['an unknown route', () => control.call('GET', '/v2/tenants'), 404, 'no-such-route'],
    ['a NUL in a path', () => control.call('GET', '/v1/catalog/items/a%00?tenant=nobody'), 400, 'unstorable'],
    ['a large body', () => put({ consent: 'x'.repeat(300_000), placements: [] }), 413, 'too-large'],
    [
      'a version that is no number',
      () => control.call('PUT', '/v1/models/m?tenant=nobody', { version: 'latest', family: 'f', popular: [] }),
      400,
      'invalid',
    ],
    [
      'a model of an unknown tenant',
      () => control.call('PUT', '/v1/models/m?tenant=nobody', { version: '1', family: 'f', popular: [] }),
      404,
      'tenant-unknown',
    ],
  ])('%s', async (_name, request, status, code) => {
    const answer = await request();
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer).toMatchObject({
      status,
      body: { status, code, reason: expect.stringMatching(/\w/) as string, fix: expect.stringMatching(/\w/) as string },
    });
  });

  const raw = (headers: Record<string, string>, body: string) =>
    fetch(`${control.url}/v1/tenants/refused`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${control.token}`, ...headers },
      body,
    });

  it('a body with __proto__, one that is no JSON, and one of another type', async () => {
    const json = { 'content-type': 'application/json' };
    const proto = await raw(json, '{"consent":"assumed","placements":[],"__proto__":{"admin":true}}');
    expect(proto.status).toBe(400);
    expect((await raw(json, '{"consent"')).status).toBe(400);
    expect((await raw({ 'content-type': 'text/xml' }, '<a/>')).status).toBe(415);
    expect((await raw({ 'content-type': 'application/x-ndjson' }, '{}')).status).toBe(415);
  });

  it('a request without the token, before its body is read', async () => {
    const answer = await fetch(`${control.url}/v1/catalog/items?tenant=x`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'content-length': '1000000' },
      body: '{'.repeat(1_000_000),
    }).catch(() => undefined);
    if (answer !== undefined) expect(answer.status).toBe(401);
    const wrong = await fetch(`${control.url}/v1/tenants`, { headers: { authorization: `Bearer ${control.token}x` } });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
  });
});

it('metrics tell the requests by route and the depth of the outbox', async () => {
  const text = await control.metrics.metrics();
  expect(text).toMatch(/offerstream_control_request_seconds_count\{.*route="\/v1\/tenants\/:tenant".*status="200"/);
  expect(text).toMatch(/^offerstream_control_outbox_records \d+$/m);
  expect(text).toMatch(/^offerstream_control_outbox_age_seconds [\d.]+$/m);
});
