import type { Allowance, TenantId } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import type { FastifyInstance } from 'fastify';
import type { RateLimits } from './rate-limits.js';

/**
 * Answers each request of a key with the headers `RateLimit` and `RateLimit-Policy`, and those above its limit with 429.
 * Source of the headers: draft-ietf-httpapi-ratelimit-headers-10.
 */
export const limitRequests = (
  fastify: FastifyInstance,
  limits: RateLimits,
  allowanceOf: (tenant: TenantId) => Allowance | undefined,
): void => {
  fastify.addHook('onRequest', ({ principal }, reply, done) => {
    const allowance = principal?.tenant === undefined ? undefined : allowanceOf(principal.tenant);
    if (principal !== undefined && allowance !== undefined) {
      const limit = allowance.requestsPerSecond;
      const remaining = limits.take(`${principal.tenant}:${principal.id}`, limit);
      void reply.header('ratelimit-policy', `"second";q=${limit};w=1`);
      void reply.header('ratelimit', `"second";r=${remaining ?? 0};t=1`);
      if (remaining === undefined) throw TOO_MANY_REQUESTS;
    }
    done();
  });
};

const TOO_MANY_REQUESTS = new Problem({
  status: 429,
  code: 'too-many-requests',
  reason: 'The key has sent more requests in this second than its plan allows.',
  fix: 'Send the request again after Retry-After, and fewer at a time: RateLimit says how many are left.',
  retryAfterSeconds: 1,
});
