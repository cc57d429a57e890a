import { Readable } from 'node:stream';
import { DatabaseUnavailable } from '@offerstream/database';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import type { AdminToken } from './admin-token.js';
import { MEDIA_TYPE, Problem } from '@offerstream/http-api';
import { unstorable } from '@offerstream/http-api';

export interface HookParts {
  readonly token: AdminToken;
  readonly metrics: Registry;
  /** Whether the tables are there. */
  readonly migrated: () => boolean;
}

/** What holds for every request: measured, allowed, answerable, storable. Nothing of a body is read before it is allowed. */
export const addHooks = (fastify: FastifyInstance, { token, metrics, migrated }: HookParts): void => {
  const duration = new Histogram({
    name: 'offerstream_control_request_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['method', 'route', 'status'],
    registers: [metrics],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    done();
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!isAllowed(request, token)) done(NOT_ALLOWED);
    else if (!migrated()) done(new DatabaseUnavailable(undefined));
    else done();
  });
  fastify.addHook('preValidation', (request, _reply, done) => {
    const reason = [request.params, request.query, request.body instanceof Readable ? undefined : request.body]
      .map((part) => unstorable(part))
      .find((found) => found !== undefined);
    done(reason === undefined ? undefined : refuseUnstorable(reason));
  });
};

const NDJSON = 'application/x-ndjson';

/** Hands a body of newline-delimited JSON to the one route that takes it as a stream. */
export const takeNdjsonAsStream = (fastify: FastifyInstance, route: string): void => {
  fastify.addContentTypeParser(NDJSON, (request, payload, done) => {
    if (request.routeOptions.url === route) done(null, payload);
    else done(new Problem(MEDIA_TYPE));
  });
};

const BEARER = /^Bearer +(\S+)$/i;

const isAllowed = (request: FastifyRequest, token: AdminToken): boolean => {
  const given = BEARER.exec(request.headers.authorization ?? '')?.[1];
  return given !== undefined && token.matches(given);
};

const NOT_ALLOWED = new Problem({
  status: 401,
  code: 'not-allowed',
  reason: 'The request does not carry the admin token.',
  fix: 'Send "Authorization: Bearer <token>" with the content of the file admin-token in the data folder.',
});

const refuseUnstorable = (reason: string): Problem =>
  new Problem({
    status: 400,
    code: 'unstorable',
    reason: `The request ${reason}.`,
    fix: 'Remove it and send the request again.',
  });
