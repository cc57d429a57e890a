import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCOPES } from '@offerstream/tenancy';
import { jpegOf } from '@offerstream/vision';
import {
  callControl,
  freshPlace,
  startControlProcess,
  startReadyControl,
  TEST_TIMEOUT_MS,
  until,
  type Answer,
  type ControlPlace,
  type RunningControl,
} from './running-control.fixture.js';

const PASSWORD = 'correct horse battery';
const SETTINGS = { consent: 'assumed', placements: [] };

interface Parameter {
  readonly name: string;
  readonly in: string;
}
interface Documented {
  readonly id: string;
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly scope: string;
  readonly parameters: readonly Parameter[];
}

interface Shop {
  readonly tenant: string;
  readonly owner: string;
  readonly key: string;
  readonly user: string;
  readonly item: string;
}

let place: ControlPlace;
let control: RunningControl;
let operations: readonly Documented[];
let mine: Shop;
let theirs: Shop;
/** Nothing of these may be in the log. */
const secrets: string[] = [PASSWORD];

beforeAll(async () => {
  place = await freshPlace();
  control = await startReadyControl(place);
  secrets.push(control.token, await serviceToken());
  operations = documented(await (await fetch(`${control.url}/openapi.json`)).json());
  mine = await openShop('mine');
  theirs = await openShop('theirs');
  await putPicture(theirs);
}, TEST_TIMEOUT_MS);
afterAll(() => control.close());

const serviceToken = async () => (await readFile(join(place.dataFolder, 'services/service-token'), 'utf8')).trim();

const documented = (document: unknown): readonly Documented[] => {
  const { paths } = document as { paths: Record<string, Record<string, Record<string, unknown>>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation['operationId'] as string,
      method: method.toUpperCase(),
      path,
      scope: operation['x-scope'] as string,
      parameters: operation['parameters'] as readonly Parameter[],
    })),
  );
};

const signUp = (tenant: string) =>
  control.callAs(undefined, 'POST', '/v1/sign-ups', { tenant, email: `owner@${tenant}.example`, password: PASSWORD });

const openShop = async (tenant: string): Promise<Shop> => {
  const { body } = await signUp(tenant);
  const owner = (body['session'] as { token: string }).token;
  const call = async (method: string, path: string, sent: object) =>
    (await control.callAs(owner, method, path, sent)).body as Record<string, string>;
  const key = await call('POST', `/v1/tenants/${tenant}/keys`, { purpose: 'web', kind: 'sk' });
  const user = await call('POST', `/v1/tenants/${tenant}/users`, newUser('editor'));
  await call('POST', `/v1/catalog/items?tenant=${tenant}`, { id: `item-of-${tenant}` });
  secrets.push(owner, key['key'] as string);
  return {
    tenant,
    owner,
    key: key['id'] as string,
    user: user['id'] as string,
    item: `item-of-${tenant}`,
  };
};

const putPicture = async ({ tenant, owner, item }: Shop) => {
  const photo = await jpegOf({ width: 1, height: 1, data: Uint8Array.of(200, 100, 50) });
  return control.callAs(owner, 'PUT', `/v1/catalog/items/${item}/picture?tenant=${tenant}`, photo);
};

let users = 0;
const newUser = (role: string) => ({ email: `user-${++users}@example.com`, password: PASSWORD, role });

/** What a path names, of a shop; by the parameter's name. A parameter that is not here fails the test. */
const NAMED: Readonly<Record<string, (shop: Shop) => string>> = {
  tenant: ({ tenant }) => tenant,
  key: ({ key }) => key,
  user: ({ user }) => user,
  id: ({ item }) => item,
  name: ({ tenant }) => `${tenant}.behaviour`,
  plan: ({ tenant }) => `plan-of-${tenant}`,
  month: () => '2020-01',
};
const named = (parameter: string, shop: Shop): string => {
  const value = NAMED[parameter];
  if (value === undefined) throw new Error(`Say in NAMED what the parameter ${parameter} names.`);
  return encodeURIComponent(value(shop));
};
const pathOf = ({ path, parameters }: Documented, tenantOf: Shop, restOf: Shop): string => {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => named(name, name === 'tenant' ? tenantOf : restOf));
  const inQuery = parameters.some((parameter) => parameter.in === 'query' && parameter.name === 'tenant');
  return inQuery ? `${filled}?tenant=${tenantOf.tenant}` : filled;
};
const namesTenant = ({ parameters }: Documented) => parameters.some(({ name }) => name === 'tenant');
const told = ({ status, body }: Answer) => ({ status, body: { ...body, requestId: undefined } });

describe('tenants are kept apart in every operation', () => {
  /** Operations that name no tenant, and why that is right. An operation that is not here must name one. */
  const WITHOUT_TENANT: Readonly<Record<string, string>> = {
    signUp: 'makes one',
    signIn: 'is sent by nobody yet, and proves that he belongs to the tenant in the body',
    signOut: 'ends the very session that it comes with',
    changePassword: 'is of the user of the session that it comes with',
    listTenants: 'is for the operator',
    listAllAudit: 'is for the operator',
    reportKeyUses: 'is for the installation’s own services',
    leaseQuotas: 'is for the installation’s own services',
    returnLeases: 'is for the installation’s own services',
    listPlans: 'tells what everybody can have',
    getPlan: 'tells what everybody can have',
    putPlan: 'is for the operator',
    issueInvoices: 'is for the operator',
  };

  it('each names a tenant, or is known not to', () => {
    const without = operations.filter((operation) => !namesTenant(operation)).map(({ id }) => id);
    expect(without.filter((id) => WITHOUT_TENANT[id] === undefined)).toEqual([]);
    expect(operations.length).toBeGreaterThan(15);
  });

  it('who names another tenant is told what he is told of one that does not exist', async () => {
    const nobodys = { ...theirs, tenant: 'no-such-tenant' };
    for (const operation of operations.filter(namesTenant)) {
      const [other, none] = await Promise.all(
        [theirs, nobodys].map((shop) => control.callAs(mine.owner, operation.method, pathOf(operation, shop, shop))),
      );
      const isTenants = (SCOPES as readonly string[]).includes(operation.scope);
      expect([operation.id, other?.status, other?.body['code']]).toEqual([
        operation.id,
        ...(isTenants ? [404, 'tenant-unknown'] : [403, 'scope-missing']),
      ]);
      const text = JSON.stringify(told(other as Answer)).replaceAll(theirs.tenant, 'no-such-tenant');
      expect(JSON.parse(text)).toEqual(told(none as Answer));
    }
  });

  it('what belongs to another is not there, by its id either', async () => {
    const nothing = { ...theirs, key: 'f'.repeat(16), user: `usr_${'f'.repeat(32)}`, item: 'no-such-item' };
    const BODIES: Readonly<Record<string, unknown>> = {
      setUserRole: { role: 'owner' },
      rotateKey: {},
      promoteModel: { version: '1', family: 'behaviour', popular: [] },
    };
    const deeper = operations.filter(
      ({ path, id, scope }) =>
        /\{(?!tenant\})\w+\}/.test(path) && (SCOPES as readonly string[]).includes(scope) && id !== 'getPlan',
    );
    expect(deeper.length).toBeGreaterThan(5);
    for (const operation of deeper) {
      const [other, none] = await Promise.all(
        [theirs, nothing].map((shop) =>
          control.callAs(mine.owner, operation.method, pathOf(operation, mine, shop), BODIES[operation.id]),
        ),
      );
      expect([operation.id, other?.status]).toEqual([operation.id, 404]);
      expect([operation.id, other?.body['code']]).toEqual([operation.id, none?.body['code']]);
    }
    expect((await control.callAs(theirs.owner, 'GET', `/v1/tenants/theirs/users/${theirs.user}`)).status).toBe(200);
  });

  it('a placement names no model of another', async () => {
    const put = (model: string) =>
      control.callAs(mine.owner, 'PUT', '/v1/tenants/mine', {
        consent: 'assumed',
        placements: [{ id: 'home', model, slots: 1, validitySeconds: 60 }],
      });
    expect((await put('mine.behaviour')).status).toBe(200);
    for (const model of ['theirs.behaviour', 'mine', 'mines.behaviour', 'behaviour']) {
      expect(await put(model)).toMatchObject({ status: 404, body: { code: 'model-unknown' } });
    }
  });

  it('a list without a tenant is one’s own', async () => {
    for (const { tenant } of [mine, theirs]) {
      await control.call('PUT', `/v1/models/${tenant}.m?tenant=${tenant}`, { version: '1', family: 'f', popular: [] });
    }
    const { body } = await control.callAs(mine.owner, 'GET', '/v1/models');
    expect((body['models'] as { tenant: string }[]).map(({ tenant }) => tenant)).toEqual(['mine']);
  });
});

describe('every change leaves an audit record', () => {
  type Change = () => Promise<Answer>;
  const inMine = (method: string, path: string, body?: unknown) => control.callAs(mine.owner, method, path, body);
  const made = async (path: string, body: object) => (await inMine('POST', path, body)).body['id'] as string;
  const keys = '/v1/tenants/mine/keys';
  const people = '/v1/tenants/mine/users';
  let count = 0;
  const newKey = () => ({ purpose: `purpose ${++count}`, kind: 'sk' });

  /** How each operation that changes something in the tenant `mine` is asked for. One that is not here fails the test. */
  const CHANGES: Readonly<Record<string, Change>> = {
    signUp: () => signUp('audited'),
    signIn: () =>
      control.callAs(undefined, 'POST', '/v1/sessions', {
        tenant: 'mine',
        email: 'owner@mine.example',
        password: PASSWORD,
      }),
    signOut: async () => {
      const { body } = await (CHANGES['signIn'] as Change)();
      return control.callAs(body['token'] as string, 'DELETE', '/v1/sessions/current');
    },
    changePassword: () => inMine('PUT', '/v1/sessions/current/password', { current: PASSWORD, password: PASSWORD }),
    createUser: () => inMine('POST', people, newUser('editor')),
    setUserRole: async () => inMine('PUT', `${people}/${await made(people, newUser('editor'))}`, { role: 'analyst' }),
    removeUser: async () => inMine('DELETE', `${people}/${await made(people, newUser('editor'))}`),
    createKey: () => inMine('POST', keys, newKey()),
    rotateKey: async () => inMine('POST', `${keys}/${await made(keys, newKey())}/rotation`, {}),
    revokeKey: async () => inMine('DELETE', `${keys}/${await made(keys, newKey())}`),
    putTenant: () => inMine('PUT', '/v1/tenants/mine', { ...SETTINGS, consent: 'required' }),
    putItems: () => inMine('POST', '/v1/catalog/items?tenant=mine', { id: 'new' }),
    putPicture: async () => {
      // The item may have been removed before.
      await inMine('POST', '/v1/catalog/items?tenant=mine', { id: mine.item });
      return putPicture(mine);
    },
    removePicture: async () => {
      await (CHANGES['putPicture'] as Change)();
      return inMine('DELETE', `/v1/catalog/items/${mine.item}/picture?tenant=mine`);
    },
    removeItem: () => inMine('DELETE', `/v1/catalog/items/${mine.item}?tenant=mine`),
    promoteModel: () =>
      inMine('PUT', '/v1/models/mine.behaviour?tenant=mine', { version: '7', family: 'behaviour', popular: [] }),
    extendModel: async () => {
      await inMine('PUT', '/v1/models/mine.content?tenant=mine', { version: '1', family: 'content', popular: [] });
      const body = { version: '2', extends: '1' };
      return control.callAs(await serviceToken(), 'POST', '/v1/models/mine.content/extensions?tenant=mine', body);
    },
    putTenantPlan: () => control.call('PUT', '/v1/tenants/mine/plan', { plan: 'growth' }),
    putPlan: () =>
      control.call('PUT', '/v1/plans/tailored', {
        name: 'Tailored',
        currency: 'EUR',
        whileUnknown: 'serve',
        requestsPerSecond: 5,
        meters: {},
      }),
  };
  /** Whose records they are in, and who makes them, unless it is the owner of `mine`. */
  const OTHERWISE: Readonly<Record<string, { readonly tenant: string | null; readonly kind: string }>> = {
    signUp: { tenant: 'audited', kind: 'public' },
    extendModel: { tenant: 'mine', kind: 'service' },
    putTenantPlan: { tenant: 'mine', kind: 'admin' },
    putPlan: { tenant: null, kind: 'admin' },
  };

  /** What changes nothing that anybody decides. */
  const NO_CHANGES: Readonly<Record<string, string>> = {
    reportKeyUses: 'says what was used',
    leaseQuotas: 'says what is used',
    returnLeases: 'says what was used',
    issueInvoices: 'is due at its time: billing.int.spec.ts looks into the log',
  };

  it('by whom, what, when, and by which request; an operation without an entry fails', async () => {
    const changing = operations.filter(({ method, id }) => method !== 'GET' && NO_CHANGES[id] === undefined);
    for (const { id } of changing) {
      const change = CHANGES[id];
      if (change === undefined) throw new Error(`Say in CHANGES how ${id} changes something.`);
      const answer = await change();
      expect([id, answer.status < 300]).toEqual([id, true]);
      const { tenant, kind } = OTHERWISE[id] ?? { tenant: 'mine', kind: 'user' };
      const path = tenant === null ? '/v1/audit' : `/v1/tenants/${tenant}/audit`;
      const { body } = await control.call('GET', `${path}?limit=5`);
      const records = body['records'] as Readonly<Record<string, unknown>>[];
      const record = records.find(({ requestId }) => requestId === answer.headers.get('x-request-id'));
      expect(record).toMatchObject({
        operation: id,
        tenant,
        by: { kind },
        target: expect.stringMatching(/\w/) as string,
      });
      expect(Date.now() - Date.parse(record?.['at'] as string)).toBeLessThan(60_000);
    }
    const unused = Object.keys(CHANGES).filter((id) => !changing.some((operation) => operation.id === id));
    expect(unused).toEqual([]);
  });

  it('the admin’s too, and none holds a secret', async () => {
    const { body, headers } = await control.call('POST', keys, newKey());
    const log = await control.call('GET', '/v1/tenants/mine/audit?limit=1000');
    const [newest] = log.body['records'] as Readonly<Record<string, unknown>>[];
    expect(newest).toMatchObject({
      by: { kind: 'admin', id: 'admin' },
      operation: 'createKey',
      target: `key ${body['id'] as string}`,
      requestId: headers.get('x-request-id'),
    });
    const all = await control.call('GET', '/v1/audit?limit=1000');
    expect(all.body['records']).toEqual(expect.arrayContaining(log.body['records'] as unknown[]));
    const text = JSON.stringify(all.body);
    for (const secret of [...secrets, body['key'] as string, 'scrypt']) expect(text).not.toContain(secret);
  });

  it('a change that is refused leaves none', async () => {
    const newest = async () => {
      const { body } = await control.call('GET', '/v1/tenants/mine/audit?limit=1');
      return (body['records'] as { id: string }[])[0]?.id;
    };
    const before = await newest();
    await inMine('DELETE', `${keys}/${'f'.repeat(16)}`);
    await inMine('POST', keys, { purpose: 'web', kind: 'wk', key: 'short' });
    await inMine('PUT', '/v1/tenants/mine', { ...SETTINGS, consent: 'required' });
    expect(await newest()).toBe(before);
  });
});

it(
  'no secret is in the log, at any level',
  async () => {
    const logging = await startControlProcess(place);
    try {
      await until(async () => (await logging.call('GET', '/v1/tenants')).status === 200);
      const send = (token: string | undefined, method: string, path: string, body?: unknown) =>
        callControl({ url: logging.url, token }, method, path, body);
      const account = { tenant: 'logged', email: 'ann@logged.example', password: PASSWORD };
      const { token } = (await send(undefined, 'POST', '/v1/sign-ups', account)).body['session'] as { token: string };
      const keys = '/v1/tenants/logged/keys';
      const key = await send(token, 'POST', keys, { purpose: 'web', kind: 'sk' });
      const next = await send(token, 'POST', `${keys}/${key.body['id'] as string}/rotation`, {});
      const shown = [token, key.body['key'], next.body['key']] as string[];
      for (const secret of shown) await send(secret, 'GET', '/v1/catalog/items?tenant=logged');
      const wrong = ['a wrong secret', 'ofs_sk_live_a-wrong-secret'];
      await send(undefined, 'POST', '/v1/sessions', { ...account, password: wrong[0] });
      await send(undefined, 'POST', '/v1/sessions', { ...account, email: wrong[0] });
      await send(wrong[1], 'GET', '/v1/tenants/logged');
      await fetch(`${logging.url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"password": "${wrong[0]}`,
      });
      await logging.kill('SIGTERM');
      const log = logging.log().join('\n');
      expect(log).toContain('answers on');
      for (const secret of [...secrets, ...shown, ...wrong, 'scrypt']) expect(log).not.toContain(secret);
    } finally {
      await logging.kill('SIGKILL');
    }
  },
  TEST_TIMEOUT_MS,
);
