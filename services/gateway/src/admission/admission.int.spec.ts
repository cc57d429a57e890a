import { setTimeout as sleep } from 'node:timers/promises';
import { usageSchema, type TenantId } from '@offerstream/contracts';
import { kafkaBrokers } from '@offerstream/testing';
import {
  newKey,
  startGateway,
  until,
  type Answer,
  type RunningGateway,
  type ShopKey,
} from '../running-gateway.fixture.js';
import { DEMO } from '../shop.fixture.js';

const key = newKey();
let gateway: RunningGateway;

const read = (by: ShopKey = key) => gateway.call('GET', '/v1/offers/anna?placement=home', { key: by });
const becomes = (by: ShopKey, status: number) => until(async () => (await read(by)).status === status);

beforeAll(async () => {
  gateway = await startGateway(await kafkaBrokers());
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  await gateway.setTenant(DEMO, [key]);
  await becomes(key, 200);
});

describe('keys', () => {
  it('of no tenant, mistyped ones and none are refused in one way', async () => {
    const typo = { ...key, secret: `${key.secret.slice(0, -1)}${key.secret.endsWith('0') ? '1' : '0'}` };
    for (const answer of [
      await read(newKey()),
      await read(typo),
      await gateway.call('GET', '/v1/offers/anna?placement=home'),
    ]) {
      expect([answer.status, answer.body['code']]).toEqual([401, 'unauthenticated']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('are good as soon as the tenant’s record says so, and no longer', async () => {
    const second = newKey();
    expect((await read(second)).status).toBe(401);
    await gateway.setTenant(DEMO, [key, second]);
    await becomes(second, 200);
    await gateway.setTenant(DEMO, [key]);
    await becomes(second, 401);
    expect((await read()).status).toBe(200);
  });

  it('are refused once they have expired', async () => {
    const ending = newKey({ expiresAt: '2099-01-01T00:00:00.000Z' });
    await gateway.setTenant(DEMO, [key, ending]);
    await becomes(ending, 200);
    const expired = { ...ending, record: { ...ending.record, expiresAt: new Date(Date.now() - 1).toISOString() } };
    await gateway.setTenant(DEMO, [key, expired]);
    await becomes(expired, 401);
    expect((await read()).status).toBe(200);
  });

  it('do only what their scopes say, and write keys nothing here', async () => {
    const writer = newKey({ kind: 'wk' });
    const ranker = newKey({ scopes: ['recommendations:read'] });
    await gateway.setTenant(DEMO, [writer, ranker]);
    await becomes(ranker, 403);
    for (const [by, method, path, body] of [
      [writer, 'GET', '/v1/offers/anna?placement=home', undefined],
      [writer, 'POST', '/v1/recommendations', { subject: 'anna' }],
      [writer, 'POST', '/v1/outcomes', { outcomes: [] }],
      [ranker, 'GET', '/v1/offers/anna?placement=home', undefined],
      [ranker, 'POST', '/v1/outcomes', { outcomes: [] }],
    ] as const) {
      const answer = await gateway.call(method, path, { key: by, body });
      expect([answer.status, answer.body['code']]).toEqual([403, 'scope-missing']);
    }
    expect((await gateway.call('POST', '/v1/recommendations', { key: ranker, body: { subject: 'a' } })).status).toBe(
      200,
    );
  });
});

describe('limits', () => {
  it('are told with each answer, and hold a key to its plan without the others', async () => {
    const other = newKey();
    await gateway.setTenant(DEMO, [key, other], {
      allowance: { plan: 'free', limits: {}, whileUnknown: 'serve', requestsPerSecond: 5 },
    });
    await until(async () => (await read()).headers.get('ratelimit-policy') === '"second";q=5;w=1');
    await sleep(1_000);
    expect((await read()).headers.get('ratelimit')).toBe('"second";r=4;t=1');
    let refused: readonly Answer[] = [];
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => read()));
      refused = answers.filter(({ status }) => status === 429);
      return refused.length > 0;
    });
    for (const answer of refused) {
      expect(answer.body['code']).toBe('too-many-requests');
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('ratelimit')).toBe('"second";r=0;t=1');
    }
    expect((await read(other)).status).toBe(200);
    await becomes(key, 200);
  });
});

describe('usage', () => {
  it('counts what was answered, and nothing that was refused', async () => {
    const paying = 'paying' as TenantId;
    const payer = newKey();
    const counted = async () => {
      const records = (await gateway.records('usage')).map(({ value }) => usageSchema.parse(JSON.parse(String(value))));
      return records.findLast(({ tenant }) => tenant === paying);
    };
    const ask = (method: string, path: string, body?: object) => gateway.call(method, path, { key: payer, body });
    const recommend = (body: object) => ask('POST', '/v1/recommendations', body);
    await gateway.setTenant(paying, [payer]);
    // Outcomes cost nothing.
    await until(async () => (await ask('POST', '/v1/outcomes', {})).status === 400);
    for (let time = 0; time < 3; time++) expect((await recommend({ subject: 'anna' })).status).toBe(200);
    await recommend({});
    await recommend({ subject: 'anna', placement: 'nowhere' });
    await ask('GET', '/v1/offers/anna?placement=nowhere');
    await ask('GET', '/v1/items/unknown/similar');
    await ask('GET', '/v1/subjects/anna/buy-again');
    await ask('GET', '/v1/offers/anna?placement=home');
    await until(async () => (await counted())?.counts['offers'] === 1);
    expect(await counted()).toMatchObject({ source: 'gateway', counts: { offers: 1, recommendations: 4 } });
  });
});
