import { createHash, createHmac } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import { PUBLIC, type Principal } from './principal.js';
import { NOBODY_WAITS } from './problems.js';

/** An Idempotency-Key, in the only form in which it is kept. */
export interface Idempotency {
  /** SHA-256 of the key, hex. */
  readonly keyHash: string;
  /** Of what was asked: HMAC-SHA-256 under the key itself, so that it tells nothing of a password in the body. */
  readonly fingerprint: string;
}

/** By what a request is known that may come again and is paid once. */
export interface PaidOnce {
  /** SHA-256 of who asked what, and of its Idempotency-Key: of the text itself nothing is kept. */
  readonly fingerprint: string;
  /** Says that it was sent before: it has an Idempotency-Key, or its client counts how often it has sent it. */
  readonly mayBeRepeated: boolean;
}

/** What a handler may know of the request beside its parameters. */
export interface Call {
  readonly principal: Principal;
  /** The id of the operation. */
  readonly operation: string;
  readonly requestId: string;
  /** Fires when nobody waits for the answer any more: what is made for it alone can end, by throwing the signal's reason. */
  readonly signal: AbortSignal;
  /** The version that must be the current one, of an operation with `ifMatch`; undefined: any. */
  readonly ifMatch: number | undefined;
  /** Of an operation with `idempotent`; undefined: the request is carried out each time that it comes. */
  readonly idempotency: Idempotency | undefined;
  /** Of an operation with `paidOnce`. */
  readonly paidOnce: PaidOnce | undefined;
}

export const callOf = (request: FastifyRequest): Call => {
  const { operation } = request.route.config;
  if (operation === undefined) throw new Error('A call is known to operations only.');
  if (operation.paidOnce === true) idempotencyKeyOf(request);
  return {
    principal: request.principal ?? PUBLIC,
    operation: operation.id,
    requestId: request.id,
    // Most operations do not ask for it.
    get signal() {
      return answeredSignal(request);
    },
    ifMatch: operation.ifMatch === true ? readIfMatch(request.headers['if-match']) : undefined,
    idempotency: operation.idempotent === true ? readIdempotency(request) : undefined,
    // Read where something is paid by it alone: it hashes the whole request.
    get paidOnce() {
      return operation.paidOnce === true ? readPaidOnce(request) : undefined;
    },
  };
};

/** Not Fastify's own, which fires once the request's body is read. */
const answeredSignal = ({ response }: FastifyRequest): AbortSignal => {
  const controller = new AbortController();
  if (response.closed) controller.abort(NOBODY_WAITS);
  else response.once('close', () => controller.abort(NOBODY_WAITS));
  return controller.signal;
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
  const key = idempotencyKeyOf(request);
  if (key === undefined) return undefined;
  return {
    keyHash: createHash('sha256').update(key).digest('hex'),
    fingerprint: createHmac('sha256', key).update(whatIsAsked(request)).digest('hex'),
  };
};

/** How often its client has sent the request before, as those of OpenAI's API say. */
export const RETRY_COUNT = 'x-stainless-retry-count';

const readPaidOnce = (request: FastifyRequest): PaidOnce => {
  const key = idempotencyKeyOf(request);
  const who = request.principal ?? PUBLIC;
  const asked = `${who.tenant} ${who.id} ${key ?? ''}\n${whatIsAsked(request)}`;
  const retries = request.headers[RETRY_COUNT];
  return {
    fingerprint: createHash('sha256').update(asked).digest('hex'),
    mayBeRepeated: key !== undefined || (retries !== undefined && retries !== '0'),
  };
};

const whatIsAsked = ({ method, url, body }: FastifyRequest): string =>
  `${method} ${url}\n${JSON.stringify(body ?? null)}`;

const idempotencyKeyOf = ({ headers }: FastifyRequest): string | undefined => {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) throw KEY_SHAPE;
  return key;
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
