import {
  Body,
  Controller,
  Get,
  Module,
  Param,
  Post,
  Put,
  Query,
  Req,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import { tenantSchema, type TenantId } from '@offerstream/contracts';
import type { FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { FinishedJson } from './answer-as-declared.js';
import { TheCall, type Call } from './call.js';
import { createHttpApi, type HttpApi } from './create-http-api.js';
import { EventStream } from './event-stream.js';
import { Operation } from './operation.js';
import { nextPage, pageQuery } from './page.js';
import type { Principal } from './principal.js';
import { Problem } from './problem.js';
import { takeBytes } from './take-bytes.js';

const params = z.object({ tenant: tenantSchema.shape.id });
const thing = z.object({ name: z.string(), version: z.int() });
const body = z.strictObject({ name: z.string().min(1), more: z.unknown().optional() });
const page = z.object({ names: z.array(z.string()), next: nextPage });

/** What an operation that takes too long waits for. */
let late = Promise.withResolvers<undefined>();

const tick = z.object({ tick: z.int() });
/** How many ticks were made, and what says so when nobody listens any more. */
let ticks = 0;
let unheard = Promise.withResolvers<undefined>();
let asked = Promise.withResolvers<undefined>();
async function* ticking(how: string, signal: AbortSignal) {
  try {
    for (ticks = 1; !signal.aborted; ticks++) {
      yield how === 'undeclared' ? { tick: 'tock' } : { tick: ticks, secret: 'not in the schema' };
      if (how === 'two' && ticks === 2) return;
      if (how === 'refused')
        throw new Problem({ status: 503, code: 'model-away', reason: 'It went away.', fix: 'Ask again.' });
      if (how === 'broken') throw new Error('the password is hunter2');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    if (signal.aborted) unheard.resolve(undefined);
  }
}

@Controller('v1')
class Things {
  @Get('tenants/:tenant/things')
  @Operation({ id: 'listThings', tag: 'things', summary: 'Lists.', scope: 'catalog:read', response: page })
  list(@Param({ schema: params }) _: unknown, @Query({ schema: pageQuery(z.string()) }) { limit }: { limit: number }) {
    return { names: ['a', 'b'].slice(0, limit), next: undefined, secret: 'not in the schema' };
  }

  @Put('tenants/:tenant/things')
  @Operation({
    id: 'putThing',
    tag: 'things',
    summary: 'Puts.',
    scope: 'catalog:write',
    response: thing,
    etag: true,
    ifMatch: true,
    requestExample: { name: 'a' },
  })
  put(
    @Param({ schema: params }) _: unknown,
    @Body({ schema: body }) { name }: z.output<typeof body>,
    @TheCall() call: Call,
  ) {
    return { name, version: (call.ifMatch ?? 6) + 1 };
  }

  @Post('things')
  @Operation({
    id: 'addThing',
    tag: 'things',
    summary: 'Adds.',
    scope: 'catalog:write',
    status: 201,
    idempotent: true,
    response: z.object({ by: z.string(), keyHash: z.string().optional(), fingerprint: z.string().optional() }),
    problems: { 409: ['thing-taken'] },
  })
  add(@Body({ schema: body }) _: unknown, @TheCall() { principal, idempotency }: Call) {
    return { by: principal.id, ...idempotency };
  }

  @Get('whoever')
  @Operation({
    id: 'whoever',
    tag: 'things',
    summary: 'Open.',
    scope: 'public',
    response: z.object({ ok: z.boolean() }),
  })
  whoever() {
    return { ok: true };
  }

  @Post('photos')
  @Operation({
    id: 'addPhoto',
    tag: 'things',
    summary: 'Takes bytes.',
    scope: 'any',
    response: z.object({ bytes: z.int(), byteOf: z.string() }),
    bodies: { 'application/json': body, 'image/png': z.string() },
    maxBodyBytes: 20_000,
  })
  addPhoto(@Req() { body: sent }: FastifyRequest) {
    const isBytes = sent instanceof Uint8Array;
    return { bytes: isBytes ? sent.length : 0, byteOf: isBytes ? 'png' : 'json' };
  }

  @Get('photos/one')
  @Operation({
    id: 'getPhoto',
    tag: 'things',
    summary: 'Gives bytes.',
    scope: 'any',
    response: z.instanceof(Uint8Array),
    responseType: 'image/png',
  })
  getPhoto() {
    return Uint8Array.of(0x89, 0xff, 0);
  }

  @Get('nothing')
  @Operation({ id: 'nothing', tag: 'things', summary: 'Empty.', scope: 'any', status: 202, response: null })
  nothing() {
    return 'a text that no schema names';
  }

  @Get('finished')
  @Operation({
    id: 'finished',
    tag: 'things',
    summary: 'Finished.',
    scope: 'any',
    response: z.object({ ok: z.boolean() }),
  })
  finished() {
    return new FinishedJson(Buffer.from('{"ok": true}'));
  }

  @Get('ticks/:how')
  @Operation({ id: 'ticks', tag: 'things', summary: 'Ticks.', scope: 'any', response: tick, events: tick })
  ticks(@Param('how') how: string, @TheCall() { signal }: Call) {
    if (how === 'none') throw new Problem({ status: 404, code: 'no-clock', reason: 'R.', fix: 'F.' });
    return how === 'at-once' ? { tick: 1 } : new EventStream(ticking(how, signal));
  }

  @Get('patient')
  @Operation({ id: 'patient', tag: 'things', summary: 'Waits.', scope: 'any', response: tick })
  async patient(@TheCall() { signal }: Call) {
    asked.resolve(undefined);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    unheard.resolve(undefined);
    throw signal.reason;
  }

  @Get('fails/:how')
  @Operation({ id: 'fails', tag: 'things', summary: 'Fails.', scope: 'any', timeoutMs: 50, response: z.object({}) })
  async fails(@Param('how') how: string) {
    if (how === 'for-long')
      throw new Problem({ status: 429, code: 'used-up', reason: 'R.', fix: 'F.', retryAfterSeconds: 86_400 });
    if (how === 'by-design')
      throw new Problem({ status: 409, code: 'taken', reason: 'R.', fix: 'F.', retryAfterSeconds: 3 });
    if (how.startsWith('too-late')) await late.promise;
    if (how === 'too-late-answer') return {};
    if (how === 'wrong-answer') return 'text';
    throw new Error('the password is hunter2');
  }
}

@Controller('v1')
class Undeclared {
  @Get('undeclared')
  get() {
    return {};
  }
}

@Module({})
class Root {}
const moduleOf = (...controllers: Type[]): DynamicModule => ({ module: Root, controllers });

const principal = (kind: Principal['kind'], tenant: string | undefined, ...scopes: readonly string[]): Principal => ({
  kind,
  id: `${kind}-id`,
  tenant: tenant as TenantId | undefined,
  scopes: new Set(scopes),
});
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  admin: principal('admin', undefined, 'catalog:read', 'catalog:write'),
  mine: principal('user', 'mine', 'catalog:read', 'catalog:write'),
  reader: principal('key', 'mine', 'catalog:read'),
};

const metrics = new Registry();
const logged: string[] = [];
let apis = 0;
const create = (...controllers: Type[]) =>
  createHttpApi({
    module: moduleOf(...controllers),
    info: { title: 'Things', description: 'Of things.', tags: { things: 'Things.' } },
    packageFile: new URL('../package.json', import.meta.url),
    authenticator: { authenticate: (credential) => PRINCIPALS[credential] },
    logger: { log: () => undefined, warn: () => undefined, error: (message: string) => logged.push(message) },
    metrics,
    metricName: `things_${++apis}_request_seconds`,
    maxJsonBytes: 10_000,
    trustedProxies: 'loopback',
  });

let api: HttpApi;
beforeAll(async () => {
  api = await create(Things);
  const fastify = api.app.getHttpAdapter().getInstance();
  takeBytes(fastify, ['image/png']);
  await fastify.ready();
});
afterAll(() => api.app.close());

/** Where it listens: for what takes a connection of its own. */
const listening = async (): Promise<string> => {
  if (!api.app.getHttpServer().listening) await api.app.listen(0, '127.0.0.1');
  return api.app.getUrl();
};

interface Asked {
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
const ask = async (method: 'GET' | 'POST' | 'PUT', url: string, { as, headers = {}, body: sent }: Asked = {}) => {
  const answer = await api.app.inject({
    method,
    url,
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { payload: typeof sent === 'string' ? sent : JSON.stringify(sent) }),
  });
  const isJson = String(answer.headers['content-type']).includes('json');
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    body: isJson ? answer.json<object>() : undefined,
  };
};

const MINE = '/v1/tenants/mine/things';

describe('who may do what', () => {
  it.each([
    ['nobody', MINE, undefined, 401, 'unauthenticated'],
    ['a stranger', MINE, 'stranger', 401, 'unauthenticated'],
    ['the admin, in any tenant', '/v1/tenants/whatever/things', 'admin', 200, undefined],
    ['who belongs to it', MINE, 'mine', 200, undefined],
    ['who belongs to another', '/v1/tenants/other/things', 'mine', 404, 'tenant-unknown'],
    ['anybody, where that is said', '/v1/whoever', undefined, 200, undefined],
    ['anybody known', '/v1/nothing', 'reader', 202, undefined],
    ['somebody unknown, where one must be known', '/v1/nothing', undefined, 401, 'unauthenticated'],
  ])('%s', async (_, url, as, status, code) => {
    const answer = await ask('GET', url, as === undefined ? {} : { as });
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.body).toMatchObject({ status, code });
  });

  it('a scope that is missing is named, and nothing of the body is read before', async () => {
    const answer = await ask('PUT', MINE, { as: 'reader', body: '{"not json' });
    expect(answer).toMatchObject({ status: 403, body: { code: 'scope-missing' } });
    expect(answer.text).toContain('catalog:write');
  });

  it('basic authorization names the key as user', async () => {
    const authorization = `Basic ${Buffer.from('reader:').toString('base64')}`;
    expect((await ask('GET', MINE, { headers: { authorization } })).status).toBe(200);
  });

  it('a tenant given twice is no way around', async () => {
    expect((await ask('GET', `${MINE}?tenant=mine&tenant=other`, { as: 'mine' })).body).toMatchObject({
      code: 'tenant-unknown',
    });
  });
});

describe('what goes in and out', () => {
  it('only what the schema names leaves', async () => {
    const answer = await ask('GET', MINE, { as: 'mine' });
    expect(answer.body).toEqual({ names: ['a', 'b'] });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect((await ask('GET', '/v1/nothing', { as: 'mine' })).text).toBe('');
  });

  it('JSON that is finished leaves as it is', async () => {
    const answer = await ask('GET', '/v1/finished', { as: 'mine' });
    expect([answer.text, answer.headers['content-type']]).toEqual(['{"ok": true}', 'application/json; charset=utf-8']);
  });

  it('an answer that its schema does not allow is a bug, told without what it was', async () => {
    const answer = await ask('GET', '/v1/fails/wrong-answer', { as: 'mine' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(answer.text).not.toContain('text');
  });

  it.each([
    ['an unknown field', { name: 'a', extra: 1 }, 400, 'invalid'],
    ['a field of another kind', { name: 1 }, 400, 'invalid'],
    ['no JSON', '{"name"', 400, 'unreadable'],
    ['__proto__', '{"name":"a","more":{"__proto__":{"admin":true}}}', 400, 'unreadable'],
    ['constructor.prototype', '{"name":"a","more":{"constructor":{"prototype":{"admin":true}}}}', 400, 'unreadable'],
    ['32 levels and more', `{"name":"a","more":${'['.repeat(32)}${']'.repeat(32)}}`, 400, 'unstorable'],
    ['a NUL', { name: 'a\0' }, 400, 'unstorable'],
    ['too much', { name: 'a'.repeat(10_001) }, 413, 'too-large'],
  ])('refuses %s', async (_, sent, status, code) => {
    const answer = await ask('PUT', MINE, { as: 'mine', body: sent });
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('names each field that it does not know', async () => {
    const answer = await ask('PUT', MINE, { as: 'mine', body: { name: 'a', extra: 1, other: 2 } });
    expect(answer.body).toMatchObject({
      fields: [
        { field: 'extra', reason: 'is not known here; leave it out' },
        { field: 'other', reason: 'is not known here; leave it out' },
      ],
      error: { param: 'extra' },
    });
  });

  it('refuses what is no JSON and what is compressed', async () => {
    const sent = { as: 'mine', body: '{"name":"a"}' };
    expect(await ask('PUT', MINE, { ...sent, headers: { 'content-type': 'text/xml' } })).toMatchObject({
      status: 415,
      body: { code: 'media-type' },
    });
    expect(await ask('PUT', MINE, { ...sent, headers: { 'content-encoding': 'gzip' } })).toMatchObject({
      status: 415,
      body: { code: 'content-encoding' },
    });
  });

  it('takes bytes as they are where an operation names their type, up to its own size', async () => {
    const photo = { as: 'mine', headers: { 'content-type': 'image/png' } };
    const post = (sent: object) => ask('POST', '/v1/photos', { as: 'mine', ...sent });
    // A zero byte is nothing to refuse there.
    expect(await post({ ...photo, body: '\0'.repeat(20_000) })).toMatchObject({
      body: { bytes: 20_000, byteOf: 'png' },
    });
    expect(await post({ body: { name: 'a'.repeat(15_000) } })).toMatchObject({ body: { byteOf: 'json' } });
    expect(await post({ ...photo, body: 'a'.repeat(20_001) })).toMatchObject({
      status: 413,
      body: { code: 'too-large' },
    });
    for (const [method, path, type] of [
      ['POST', '/v1/photos', 'image/gif'],
      ['PUT', MINE, 'image/png'],
    ] as const)
      expect(await ask(method, path, { as: 'mine', body: 'a', headers: { 'content-type': type } })).toMatchObject({
        status: 415,
        body: { code: 'media-type' },
      });
  });

  it('gives bytes as they are, under their type', async () => {
    const { headers, rawPayload } = await api.app.inject({
      url: '/v1/photos/one',
      headers: { authorization: 'Bearer mine' },
    });
    expect(headers['content-type']).toBe('image/png');
    expect([...rawPayload]).toEqual([0x89, 0xff, 0]);
    const document = api.document().paths['/v1/photos/one']?.get?.responses['200'];
    expect(document).toMatchObject({ content: { 'image/png': {} } });
  });

  it('a route that is not there is said to be so', async () => {
    expect(await ask('GET', '/v2/things')).toMatchObject({ status: 404, body: { code: 'no-such-route' } });
  });

  it('a method that a path has not is refused with those that it has', async () => {
    const answer = await ask('POST', MINE, { body: '{"not json' });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(answer.headers['allow']).toBe('GET, HEAD, PUT');
  });
});

describe('a request', () => {
  it('keeps its id, or gets one when it has none that is fit for a log', async () => {
    const id = 'my-request.1';
    const kept = await ask('GET', MINE, { headers: { 'x-request-id': id } });
    expect(kept.headers['x-request-id']).toBe(id);
    expect(kept.body).toMatchObject({ requestId: id });
    const made = await ask('GET', MINE, { headers: { 'x-request-id': 'a "b"\tc' } });
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('a bug is logged under the id, and told to nobody', async () => {
    logged.length = 0;
    const answer = await ask('GET', '/v1/fails/badly', { as: 'mine', headers: { 'x-request-id': 'request-77' } });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(answer.text).not.toContain('hunter2');
    expect(logged.join()).toContain('request-77');
    expect(logged.join()).toContain('hunter2');
  });

  it.each([
    ['answer goes nowhere', 'answer', []],
    ['error to the log only', 'error', [expect.stringContaining('hunter2')]],
  ])('that takes too long is given up, and its late %s', async (_, what, expected) => {
    logged.length = 0;
    late = Promise.withResolvers();
    const answer = await ask('GET', `/v1/fails/too-late-${what}`, { as: 'mine' });
    expect(answer).toMatchObject({ status: 503, body: { code: 'timed-out' } });
    expect(answer.headers['retry-after']).toBe('5');
    late.resolve(undefined);
    // The late one has gone all its way before a request that comes after it.
    expect((await ask('GET', '/v1/whoever')).status).toBe(200);
    expect(logged).toEqual(expected);
  });

  it('a problem says when to come again', async () => {
    const answer = await ask('GET', '/v1/fails/by-design', { as: 'mine' });
    expect(answer.headers).toMatchObject({ 'retry-after': '3' });
    expect(answer.headers).not.toHaveProperty('x-should-retry');
    expect(answer.body).toEqual({
      type: 'urn:offerstream:problem:taken',
      title: 'Conflict',
      status: 409,
      code: 'taken',
      reason: 'R.',
      fix: 'F.',
      requestId: answer.headers['x-request-id'],
      error: { message: 'R. F.', type: 'invalid_request_error', param: null, code: 'taken' },
    });
  });

  it.each([
    [MINE, undefined, 'authentication_error', 'unauthenticated', null],
    ['/v1/fails/for-long', 'mine', 'rate_limit_error', 'used-up', null],
    ['/v1/fails/badly', 'mine', 'server_error', 'internal', null],
    [`${MINE}?limit=none`, 'mine', 'invalid_request_error', 'invalid', 'limit'],
  ])('a problem at %s is also told as clients of OpenAI’s API read it', async (url, as, type, code, param) => {
    const answer = await ask('GET', url, as === undefined ? {} : { as });
    expect(answer.body).toMatchObject({ error: { type, code, param } });
  });

  it('a problem of hours is not to be waited for by a client by itself', async () => {
    const answer = await ask('GET', '/v1/fails/for-long', { as: 'mine' });
    expect(answer.headers).toMatchObject({ 'retry-after': '86400', 'x-should-retry': 'false' });
  });

  it('that nobody waits for any more ends, and is no error', async () => {
    [asked, unheard] = [Promise.withResolvers(), Promise.withResolvers()];
    logged.length = 0;
    const leaving = new AbortController();
    const answer = fetch(`${await listening()}/v1/patient`, {
      headers: { authorization: 'Bearer mine' },
      signal: leaving.signal,
    });
    await asked.promise;
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    await unheard.promise;
    expect((await ask('GET', '/v1/whoever')).status).toBe(200);
    expect(logged).toEqual([]);
  });

  it('is measured by its route', async () => {
    await ask('GET', MINE, { as: 'mine' });
    expect(await metrics.metrics()).toMatch(
      /things_1_request_seconds_count\{method="GET",route="\/v1\/tenants\/:tenant\/things",status="200"\} \d/,
    );
  });
});

describe('an answer that comes bit by bit', () => {
  it('has one event after the other, of what the schema names, and says when it is whole', async () => {
    const answer = await ask('GET', '/v1/ticks/two', { as: 'mine' });
    expect(answer.text).toBe('data: {"tick":1}\n\ndata: {"tick":2}\n\ndata: [DONE]\n\n');
    expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8' });
    expect((await ask('GET', '/v1/ticks/at-once', { as: 'mine' })).body).toEqual({ tick: 1 });
  });

  it('is a problem like any other where there is nothing to begin with', async () => {
    expect(await ask('GET', '/v1/ticks/none', { as: 'mine' })).toMatchObject({
      status: 404,
      body: { code: 'no-clock' },
    });
    expect((await ask('GET', '/v1/ticks/two')).status).toBe(401);
  });

  it.each([
    ['refused', 'model-away', false],
    ['broken', 'internal', true],
    ['undeclared', 'internal', true],
  ])('that is %s on its way ends with the problem and without [DONE]', async (how, code, isLogged) => {
    logged.length = 0;
    const { text } = await ask('GET', `/v1/ticks/${how}`, { as: 'mine' });
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.replace('data: ', ''))).toMatchObject({ error: { type: 'server_error', code } });
    expect(text).not.toContain('hunter2');
    expect(logged).toHaveLength(isLogged ? 1 : 0);
  });

  it('ends when its client goes away', async () => {
    unheard = Promise.withResolvers();
    logged.length = 0;
    const leaving = new AbortController();
    const { body: events } = await fetch(`${await listening()}/v1/ticks/endless`, {
      headers: { authorization: 'Bearer mine' },
      signal: leaving.signal,
    });
    await events?.getReader().read();
    leaving.abort();
    await unheard.promise;
    const made = ticks;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ticks).toBe(made);
    expect(logged).toEqual([]);
  });

  it('is described with what stands in its events', async () => {
    const { paths } = (await ask('GET', '/openapi.json')).body as {
      paths: Record<string, { get: { responses: Record<string, { content: object; description: string }> } }>;
    };
    const { responses } = paths['/v1/ticks/{how}']?.get ?? { responses: {} };
    expect(Object.keys(responses['200']?.content ?? {})).toEqual(['application/json', 'text/event-stream']);
    expect(responses).not.toHaveProperty('503');
  });
});

describe('versions and repeats', () => {
  it('an answer with a version has it as ETag, and If-Match says which one must be the current', async () => {
    const put = (headers: Readonly<Record<string, string>>) =>
      ask('PUT', MINE, { as: 'mine', body: { name: 'a' }, headers });
    expect((await put({})).headers['etag']).toBe('"7"');
    expect((await put({ 'if-match': '"3"' })).headers['etag']).toBe('"4"');
    expect(await put({ 'if-match': 'W/"3"' })).toMatchObject({ status: 400, body: { code: 'if-match' } });
  });

  it('an Idempotency-Key is known by hashes alone, and by what it was sent with', async () => {
    const key = 'a-random-key-of-mine';
    const add = (name: string, sent: string) =>
      ask('POST', '/v1/things', { as: 'mine', body: { name }, headers: { 'idempotency-key': sent } });
    const first = await add('a', key);
    expect(first.status).toBe(201);
    expect(first.text).not.toContain(key);
    expect(first.body).toMatchObject({ keyHash: expect.any(String) as string });
    expect((await add('a', key)).body).toEqual(first.body);
    const { fingerprint, keyHash } = (await add('b', key)).body as Record<string, string>;
    expect(keyHash).toBe((first.body as Record<string, string>)['keyHash']);
    expect(fingerprint).not.toBe((first.body as Record<string, string>)['fingerprint']);
    const other = (await add('a', `${key}2`)).body as Record<string, string>;
    expect(other['fingerprint']).not.toBe((first.body as Record<string, string>)['fingerprint']);
    expect(await add('a', 'short')).toMatchObject({ status: 400, body: { code: 'idempotency-key' } });
  });
});

it('the end waits for the requests under way, and not for their connections', async () => {
  const asked = Promise.withResolvers<undefined>();
  late = Promise.withResolvers();
  @Controller('v1/slow')
  class Slow {
    @Get()
    @Operation({ id: 'slow', tag: 'things', summary: 'Waits.', scope: 'public', response: z.object({}) })
    async wait() {
      asked.resolve(undefined);
      await late.promise;
      return {};
    }
  }
  const { app } = await create(Slow);
  await app.listen(0, '127.0.0.1');
  const answer = fetch(`${await app.getUrl()}/v1/slow`);
  await asked.promise;
  const closed = app.close();
  while (app.getHttpAdapter().getInstance().server.listening) await new Promise((resolve) => setImmediate(resolve));
  late.resolve(undefined);
  expect((await answer).status).toBe(200);
  await closed;
});

it('an API with a handler that says nothing of itself does not start', async () => {
  await expect(create(Things, Undeclared)).rejects.toThrow('GET /v1/undeclared has no @Operation');
});

describe('the document', () => {
  it('describes every operation with its scope, what it takes, what it answers, and its problems', async () => {
    const answer = await ask('GET', '/openapi.json');
    const document = answer.body as {
      openapi: string;
      info: object;
      paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Things', version: '0.1.0' });
    const put = document.paths['/v1/tenants/{tenant}/things']?.['put'];
    expect(put).toMatchObject({
      operationId: 'putThing',
      tags: ['things'],
      'x-scope': 'catalog:write',
      security: [{ bearer: [] }],
      requestBody: { content: { 'application/json': { schema: { required: ['name'] }, example: { name: 'a' } } } },
    });
    expect((put?.['parameters'] as { name: string }[]).map(({ name }) => name)).toEqual(['tenant', 'If-Match']);
    const responses = put?.['responses'] as Record<string, { description: string; headers: object }>;
    expect(Object.keys(responses)).toEqual(['200', '400', '401', '403', '404', '412', '413', '415', '500', '503']);
    expect(responses['412']?.description).toContain('version-conflict');
    expect(responses['200']?.headers).toHaveProperty('etag');
    const list = document.paths['/v1/tenants/{tenant}/things']?.['get'];
    expect(list?.['parameters']).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        schema: expect.objectContaining({ maximum: 1_000 }) as object,
      }),
    );
    expect(JSON.stringify(list?.['responses'])).not.toContain('secret');
    expect(document.paths['/v1/whoever']?.['get']?.['security']).toEqual([]);
    expect(document.paths['/v1/things']?.['post']?.['responses']).toHaveProperty(
      '409.description',
      'Conflict: `thing-taken`',
    );
  });

  it('has a page that loads nothing from elsewhere', async () => {
    const page = await ask('GET', '/docs');
    expect(page).toMatchObject({ status: 200 });
    expect(page.text).not.toMatch(/(src|href)=["']https?:/);
    expect((await ask('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200);
    expect((await ask('GET', '/docs/swagger-ui-init.js')).text).toContain('putThing');
  });
});
