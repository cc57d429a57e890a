import { EventEmitter, once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TenantId } from '@offerstream/contracts';
import fastifyOf, { type FastifyInstance } from 'fastify';
import { limitBodies } from './body-budget.js';
import type { OperationOptions } from './operation.js';
import { Problem } from './problem.js';

const OPERATION = { id: 'put', tag: 't', summary: 's', scope: 'any', response: null } satisfies OperationOptions;
const BUSY = { status: 429, code: 'busy', reason: 'Full.', fix: 'Wait.' };

let fastify: FastifyInstance;
/** Names each request that is let in, by its number, when its body is about to be read. */
const letIn = new EventEmitter();
let begun = 0;
beforeEach(async () => {
  fastify = fastifyOf({ forceCloseConnections: true });
  fastify.addHook('onRequest', (asked, _reply, done) => {
    asked.route = asked.routeOptions;
    asked.principal = { tenant: asked.headers['x-tenant'] as TenantId, kind: 'key', id: 'k', scopes: new Set() };
    done();
  });
  fastify.addHook('preParsing', (asked, _reply, payload, done) => {
    letIn.emit(String(asked.headers['x-number']));
    done(null, payload);
  });
  limitBodies(fastify, {
    mostBytes: 100,
    mostBytesOfTenant: 60,
    mostRequests: 4,
    mostRequestsOfTenant: 3,
    busy: BUSY,
  });
  fastify.addContentTypeParser('image/png', { parseAs: 'buffer' }, (_asked, body, done) => done(null, body));
  fastify.setErrorHandler((error, _asked, reply) =>
    reply.code(error instanceof Problem ? error.details.status : 500).send(),
  );
  fastify.put('/large', { config: { operation: { ...OPERATION, maxBodyBytes: 50 } } }, () => 'taken');
  fastify.put('/small', { config: { operation: OPERATION } }, () => 'taken');
  await fastify.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => fastify.close());

/** A request whose body does not end before `finish` is called. */
const begin = async (tenant: string, bytes: number | undefined, path = '/large') => {
  const { port } = fastify.server.address() as AddressInfo;
  const number = String(++begun);
  const headers = { 'x-tenant': tenant, 'x-number': number, 'content-type': 'image/png' };
  const sent = request({ port, path, method: 'PUT', headers });
  if (bytes !== undefined) sent.setHeader('content-length', bytes);
  const answered = once(sent, 'response').then(([response]: IncomingMessage[]) => response?.statusCode);
  answered.catch(() => undefined);
  sent.on('error', () => undefined);
  sent.write('a');
  const refused = await Promise.race([answered, once(letIn, number).then(() => undefined)]);
  return {
    refused,
    finish: () => {
      sent.end('a'.repeat(Math.max(0, (bytes ?? 1) - 1)));
      return answered;
    },
    destroy: () => sent.destroy(),
  };
};

it('takes bodies up to the bytes that may be there at once, and more once others were answered', async () => {
  const first = await begin('a', 50);
  const second = await begin('b', 50);
  expect((await begin('c', 1)).refused).toBe(429);
  expect([await first.finish(), await second.finish()]).toEqual([200, 200]);
  expect(await (await begin('c', 50)).finish()).toBe(200);
});

it('a tenant that fills its own part keeps no other out', async () => {
  await begin('a', 50);
  expect((await begin('a', 11)).refused).toBe(429);
  expect((await begin('a', 10)).refused).toBeUndefined();
  expect(await (await begin('b', 40)).finish()).toBe(200);
});

it('takes so many of a tenant and of all, however small they are', async () => {
  const ofOne = [await begin('a', 2), await begin('a', 2), await begin('a', 2)];
  expect((await begin('a', 2)).refused).toBe(429);
  const ofAnother = await begin('b', 2);
  expect((await begin('c', 2)).refused).toBe(429);
  for (const each of [...ofOne, ofAnother]) expect(await each.finish()).toBe(200);
  expect(await (await begin('a', 2)).finish()).toBe(200);
});

it('one that does not say how long it is counts as the longest', async () => {
  await begin('a', undefined);
  expect((await begin('a', 11)).refused).toBe(429);
});

it('one that breaks off gives its room back', async () => {
  const broken = await begin('a', 50);
  broken.destroy();
  // Until the server has noticed.
  let again = await begin('a', 50);
  while (again.refused === 429) again = await begin('a', 50);
  expect(await again.finish()).toBe(200);
});

it('what is small anyhow is not counted', async () => {
  await begin('a', 50);
  expect(await (await begin('a', 40, '/small')).finish()).toBe(200);
});
