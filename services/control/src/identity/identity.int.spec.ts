import { tempFolder } from '@offerstream/testing';
import {
  freshPlace,
  startControl,
  startReadyControl,
  tableOnceIt,
  TEST_TIMEOUT_MS,
  until,
  type Answer,
  type ControlPlace,
  type RunningControl,
} from '../running-control.fixture.js';

const PASSWORD = 'correct horse battery';

let place: ControlPlace;
let control: RunningControl;
beforeAll(async () => {
  place = await freshPlace();
  control = await startReadyControl(place);
}, TEST_TIMEOUT_MS);
afterAll(() => control.close());

/** Each from an address of his own, as behind a proxy, so that nobody is limited for the others. */
let addresses = 0;
const fromSomewhere = () => ({ 'x-forwarded-for': `192.0.2.${++addresses}` });
const signUp = (tenant: string, more: object = {}, headers: Readonly<Record<string, string>> = fromSomewhere()) =>
  control.callAs(
    undefined,
    'POST',
    '/v1/sign-ups',
    { tenant, email: `owner@${tenant}.example`, password: PASSWORD, ...more },
    headers,
  );
const signIn = (tenant: string, email: string, password = PASSWORD, headers = fromSomewhere()) =>
  control.callAs(undefined, 'POST', '/v1/sessions', { tenant, email, password }, headers);
const tokenOf = ({ body }: Answer): string => (body['token'] ?? (body['session'] as { token: string }).token) as string;

let shops = 0;
const newShop = async () => {
  const tenant = `signed-up-${++shops}`;
  const answer = await signUp(tenant);
  expect(answer.status).toBe(201);
  return { tenant, owner: tokenOf(answer), ownerId: (answer.body['user'] as { id: string }).id };
};
const addUser = async (tenant: string, owner: string, name: string, role: string) => {
  const body = { email: `${name}@example.com`, password: PASSWORD, role };
  const { body: user } = await control.callAs(owner, 'POST', `/v1/tenants/${tenant}/users`, body);
  return { id: user['id'] as string, token: tokenOf(await signIn(tenant, `${name}@example.com`)) };
};

describe('signing up', () => {
  it('makes a tenant that the data plane knows, an owner, and his session', async () => {
    const answer = await signUp('fresh-shop', { name: 'Ann', email: 'Ann@Fresh.Example' });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        tenant: { id: 'fresh-shop', consent: 'assumed', placements: [], pictureHosts: [], version: 2 },
        user: { email: 'ann@fresh.example', name: 'Ann', role: 'owner', version: 1 },
      },
    });
    expect(tokenOf(answer)).toMatch(/^ofs_st_[0-9A-Za-z]{49}$/);
    expect(JSON.stringify(answer.body)).not.toContain('scrypt');
    const tenants = await tableOnceIt(place, 'tenants', (table) =>
      JSON.stringify(table.get('fresh-shop') ?? '').includes('"free"'),
    );
    expect(tenants.get('fresh-shop')).toMatchObject({ keys: [], placements: [], allowance: { plan: 'free' } });
    expect((await control.callAs(tokenOf(answer), 'GET', '/v1/tenants/fresh-shop')).status).toBe(200);
  });

  it('takes no id that is taken, whoever has it', async () => {
    await newShop();
    expect(await signUp('signed-up-1')).toMatchObject({ status: 409, body: { code: 'tenant-taken' } });
    await control.call('PUT', '/v1/tenants/the-admins', { consent: 'assumed', placements: [] });
    expect(await signUp('the-admins')).toMatchObject({ status: 409, body: { code: 'tenant-taken' } });
  });

  it('is done once for one Idempotency-Key, and shows no token again', async () => {
    const key = { 'idempotency-key': 'a-random-key-of-ann', ...fromSomewhere() };
    const [one, other] = await Promise.all([signUp('once', {}, key), signUp('once', {}, key)]);
    expect([one.status, other.status]).toEqual([201, 201]);
    const tokens = [one, other].map(({ body }) => body['session']).filter((session) => session !== undefined);
    expect(tokens).toHaveLength(1);
    expect(one.body['user']).toEqual(other.body['user']);
    expect(await signUp('once', { name: 'Other' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
  });

  it('wants a password of 12 characters and more', async () => {
    expect(await signUp('short', { password: 'hunter2hunt' })).toMatchObject({
      status: 400,
      body: { code: 'invalid' },
    });
  });

  it('is limited by address, and can be closed', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 21; attempt++) statuses.push((await signUp('signed-up-1', {}, headers)).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 409), 429]);
    const closed = await startControl({ ...place, dataFolder: await tempFolder() }, { CONTROL_SIGN_UP: 'false' });
    try {
      await until(() => closed.health.ready().checks['database']?.ok === true);
      const body = { tenant: 'late', email: 'a@b.example', password: PASSWORD };
      expect(await closed.callAs(undefined, 'POST', '/v1/sign-ups', body)).toMatchObject({
        status: 403,
        body: { code: 'sign-up-closed' },
      });
    } finally {
      await closed.close();
    }
  });
});

describe('a session', () => {
  it('begins with the right password, written as it may be, and ends when its user says so', async () => {
    const { tenant } = await newShop();
    const answer = await signIn(tenant, `OWNER@${tenant}.example`);
    expect(answer).toMatchObject({ status: 201, body: { user: { role: 'owner' } } });
    const hours = (Date.parse(answer.body['expiresAt'] as string) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(11.9);
    expect(hours).toBeLessThanOrEqual(12);
    const token = tokenOf(answer);
    const see = () => control.callAs(token, 'GET', `/v1/tenants/${tenant}`);
    expect((await see()).status).toBe(200);
    expect((await control.callAs(token, 'DELETE', '/v1/sessions/current')).status).toBe(204);
    expect(await see()).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  it('does not begin with a wrong password, address or tenant, which are told apart by nobody', async () => {
    const { tenant } = await newShop();
    const refusals = await Promise.all([
      signIn(tenant, `owner@${tenant}.example`, 'wrong horse battery'),
      signIn(tenant, 'nobody@example.com'),
      signIn('nobody', `owner@${tenant}.example`),
    ]);
    const told = refusals.map(({ status, body }) => ({ status, body: { ...body, requestId: undefined } }));
    expect(told[0]).toMatchObject({ status: 401, body: { code: 'wrong-credentials' } });
    expect(told).toEqual([told[0], told[0], told[0]]);
  });

  it('is limited: who guesses is stopped, also from guessing right', async () => {
    const { tenant } = await newShop();
    const email = `owner@${tenant}.example`;
    const headers = fromSomewhere();
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await signIn(tenant, email, `guess number ${attempt}`, headers)).status).toBe(401);
    }
    const stopped = await signIn(tenant, email, PASSWORD, headers);
    expect(stopped).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
    expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(800);
    expect(stopped.headers.get('ratelimit')).toMatch(/^"sign-in";r=0;t=\d+$/);
    expect((await signIn(tenant, email)).status).toBe(201);
  });

  it('goes on when its user changes his password, and his others end', async () => {
    const { tenant, owner } = await newShop();
    const email = `owner@${tenant}.example`;
    const other = tokenOf(await signIn(tenant, email));
    const change = (current: string, password: string) =>
      control.callAs(owner, 'PUT', '/v1/sessions/current/password', { current, password });
    const wrong = await change('wrong horse battery', 'staple correct horse');
    expect(wrong).toMatchObject({ status: 401, body: { code: 'wrong-credentials' } });
    expect((await change(PASSWORD, 'too short')).status).toBe(400);
    expect((await change(PASSWORD, 'staple correct horse')).status).toBe(204);
    const see = async (token: string) => (await control.callAs(token, 'GET', `/v1/tenants/${tenant}`)).status;
    expect([await see(owner), await see(other)]).toEqual([200, 401]);
    expect((await signIn(tenant, email)).status).toBe(401);
    expect((await signIn(tenant, email, 'staple correct horse')).status).toBe(201);
  });

  it('the admin has none to end', async () => {
    expect(await control.call('DELETE', '/v1/sessions/current')).toMatchObject({
      status: 409,
      body: { code: 'no-session' },
    });
  });
});

describe('the people of a tenant', () => {
  it('may do what their roles say', async () => {
    const { tenant, owner } = await newShop();
    const analyst = await addUser(tenant, owner, 'ann', 'analyst');
    const editor = await addUser(tenant, owner, 'ed', 'editor');
    const settings = { consent: 'required', placements: [] };
    const path = `/v1/tenants/${tenant}`;
    expect(await control.callAs(analyst.token, 'PUT', path, settings)).toMatchObject({
      status: 403,
      body: { code: 'scope-missing' },
    });
    expect((await control.callAs(editor.token, 'PUT', path, settings)).status).toBe(200);
    expect((await control.callAs(editor.token, 'GET', `${path}/users`)).status).toBe(403);
    expect((await control.callAs(owner, 'GET', `${path}/audit`)).status).toBe(200);
    expect((await control.callAs(owner, 'GET', '/v1/tenants')).status).toBe(403);
  });

  it('have another role at once, and no session once they are removed', async () => {
    const { tenant, owner } = await newShop();
    const { id, token } = await addUser(tenant, owner, 'ann', 'analyst');
    const path = `/v1/tenants/${tenant}/users/${id}`;
    const shown = await control.callAs(owner, 'GET', path);
    expect(shown.headers.get('etag')).toBe('"1"');
    const setRole = (role: string, version: number) =>
      control.callAs(owner, 'PUT', path, { role }, { 'if-match': `"${version}"` });
    expect(await setRole('editor', 1)).toMatchObject({ status: 200, body: { role: 'editor', version: 2 } });
    expect(await setRole('billing', 1)).toMatchObject({ status: 412, body: { code: 'version-conflict' } });
    const put = () => control.callAs(token, 'PUT', `/v1/tenants/${tenant}`, { consent: 'required', placements: [] });
    expect((await put()).status).toBe(200);
    expect((await control.callAs(owner, 'DELETE', path)).status).toBe(204);
    expect((await put()).status).toBe(401);
    expect((await control.callAs(owner, 'DELETE', path)).status).toBe(404);
  });

  it('always have an owner', async () => {
    const { tenant, owner, ownerId } = await newShop();
    const path = `/v1/tenants/${tenant}/users/${ownerId}`;
    expect(await control.callAs(owner, 'DELETE', path)).toMatchObject({ status: 409, body: { code: 'last-owner' } });
    expect(await control.callAs(owner, 'PUT', path, { role: 'editor' })).toMatchObject({ status: 409 });
    expect(await control.call('DELETE', path)).toMatchObject({ status: 409 });
  });

  it('are listed page by page, without what checks their passwords', async () => {
    const { tenant, owner } = await newShop();
    await addUser(tenant, owner, 'ann', 'analyst');
    const path = `/v1/tenants/${tenant}/users`;
    const first = await control.callAs(owner, 'GET', `${path}?limit=1`);
    const second = await control.callAs(owner, 'GET', `${path}?limit=1&after=${first.body['next'] as string}`);
    expect([first, second].map(({ body }) => (body['users'] as unknown[]).length)).toEqual([1, 1]);
    expect(second.body).not.toHaveProperty('next');
    expect(JSON.stringify([first.body, second.body])).not.toMatch(/scrypt|password/);
    const twice = { email: 'Ann@Example.com', password: PASSWORD, role: 'editor' };
    expect(await control.callAs(owner, 'POST', path, twice)).toMatchObject({
      status: 409,
      body: { code: 'email-taken' },
    });
  });
});
