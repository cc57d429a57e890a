import { createHash, createHmac } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import { PUBLIC, type Principal } from './principal.js';

/** An Idempotency-Key, in the only form in which it is kept. */
export interface Idempotency {
  /** SHA-256 of the key, hex. */
  readonly keyHash: string;
  /** Of what was asked: HMAC-SHA-256 under the key itself, so that it tells nothing of a password in the body. */
  readonly fingerprint: string;
}

/** What a handler may know of the request beside its parameters. */
export interface Call {
  readonly principal: Principal;
  /** The id of the operation. */
  readonly operation: string;
  readonly requestId: string;
  /** Fires when the client goes away, or the operation is given up: what is made for it alone can end. */
  readonly signal: AbortSignal;
  /** The version that must be the current one, of an operation with `ifMatch`; undefined: any. */
  readonly ifMatch: number | undefined;
  /** Of an operation with `idempotent`; undefined: the request is carried out each time that it comes. */
  readonly idempotency: Idempotency | undefined;
}

export const callOf = (request: FastifyRequest): Call => {
  const { operation } = request.route.config;
  if (operation === undefined) throw new Error('A call is known to operations only.');
  return {
    principal: request.principal ?? PUBLIC,
    operation: operation.id,
    requestId: request.id,
    // Made when it is first asked for.
    get signal() {
      return request.signal;
    },
    ifMatch: operation.ifMatch === true ? readIfMatch(request.headers['if-match']) : undefined,
    idempotency: operation.idempotent === true ? readIdempotency(request) : undefined,
  };
};

/** Injects the {@link Call} into a handler. */
export const TheCall = createParamDecorator((_: unknown, context: ExecutionContext): Call =>
  callOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

export const etagOf = (version: number): string => `"${version}"`;

export const ETAG = /^"(0|[1-9][0-9]{0,8})"$/;

const readIfMatch = (header: string | undefined): number | undefined => {
  if (header === undefined) return undefined;
  const version = ETAG.exec(header)?.[1];
  if (version === undefined) throw IF_MATCH;
  return Number(version);
};

const IF_MATCH = new Problem({
  status: 400,
  code: 'if-match',
  reason: 'If-Match is not an ETag of this API.',
  fix: 'Send the ETag as it came, for example If-Match: "3", or leave it out to change whatever is there.',
});

export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{16,128}$/;

const readIdempotency = (request: FastifyRequest): Idempotency | undefined => {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) throw KEY_SHAPE;
  const asked = `${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`;
  return {
    keyHash: createHash('sha256').update(key).digest('hex'),
    fingerprint: createHmac('sha256', key).update(asked).digest('hex'),
  };
};

const KEY_SHAPE = new Problem({
  status: 400,
  code: 'idempotency-key',
  reason: 'Idempotency-Key must be 16 to 128 printable ASCII characters without space.',
  fix: 'Send a random one, for example a UUID, for each thing that is to be done once.',
});

export const IDEMPOTENCY_KEY_REUSED = new Problem({
  status: 422,
  code: 'idempotency-key-reused',
  reason: 'This Idempotency-Key was sent before with another request.',
  fix: 'Send a new key with a new request, and the same one only with the same request.',
});
