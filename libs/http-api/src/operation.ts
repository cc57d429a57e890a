import { applyDecorators, HttpCode } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { OperatorScope, Scope } from '@offerstream/tenancy';
import type { z } from 'zod';

/** What a caller needs: a scope; `any`: to be known; `public`: nothing. */
export type OperationScope = Scope | OperatorScope | 'any' | 'public';

/** All that callers, and the kit, have to know of an operation beside its parameters' schemas. */
export interface OperationOptions {
  /** Unique in its API; the name of the operation in clients and in the audit log, for example `createKey`. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  /** Markdown. */
  readonly description?: string;
  readonly scope: OperationScope;
  readonly status?: 200 | 201 | 202 | 204;
  /** All that may leave; null for an answer without a body. */
  readonly response: z.ZodType | null;
  /** Content type of an answer of bytes, whose schema is `z.instanceof(Uint8Array)`; left out: JSON. */
  readonly responseType?: string;
  /** All that may leave in an event, of an operation that may answer with an `EventStream` instead. It has no time limit. */
  readonly events?: z.ZodType;
  /** An answer that shows what the operation does. */
  readonly example?: unknown;
  /** A body that shows how to ask. */
  readonly requestExample?: unknown;
  /** Codes of the problems of its own, by status. The ones that every operation has are added. */
  readonly problems?: Readonly<Record<number, readonly string[]>>;
  /** Answers with the `version` of what it answers as ETag. */
  readonly etag?: boolean;
  /** Honours If-Match, see `Call.ifMatch`. */
  readonly ifMatch?: boolean;
  /** Honours Idempotency-Key, see `Call.idempotency`. */
  readonly idempotent?: boolean;
  /** Is carried out each time that it comes, and costs nothing the second time, see `Call.paidOnce`. */
  readonly paidOnce?: boolean;
  /** Answers with RateLimit headers, and 429 above the limit. */
  readonly rateLimited?: boolean;
  /** Bodies that the handler reads from the request itself, by content type; see also `takeBytes`. */
  readonly bodies?: Readonly<Record<string, z.ZodType>>;
  /** Largest body, when that is not the API's usual size. */
  readonly maxBodyBytes?: number;
  /** How long it may take, when that is not the API's usual time; null for a handler that waits for nothing without a deadline. */
  readonly timeoutMs?: number | null;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: OperationOptions;
  }
}

/** Every handler has one; an API with a handler that lacks it does not start. */
export const Operation = (operation: OperationOptions): MethodDecorator =>
  applyDecorators(RouteConfig({ operation }), HttpCode(statusOf(operation)));

export const statusOf = ({ status, response }: OperationOptions): number => status ?? (response === null ? 204 : 200);
