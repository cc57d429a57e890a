import { DatabaseUnavailable } from '@offerstream/database';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import type { AdminToken } from '../admin-token.js';
import { Problem } from './problem.js';
import { unstorable } from './unstorable.js';

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
    const reason = [request.params, request.query, isParsedJson(request) ? request.body : undefined]
      .map((part) => unstorable(part))
      .find((found) => found !== undefined);
    done(reason === undefined ? undefined : refuseUnstorable(reason));
  });
};

/** Many items arrive as a stream, and are looked at line by line. */
export const NDJSON = 'application/x-ndjson';

/** Hands a body of newline-delimited JSON on as a stream. */
export const takeNdjsonAsStream = (fastify: FastifyInstance): void => {
  fastify.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, payload));
};

const isParsedJson = (request: FastifyRequest): boolean => request.headers['content-type']?.startsWith(NDJSON) !== true;

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
