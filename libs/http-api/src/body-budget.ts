import type { TenantId } from '@offerstream/contracts';
import type { FastifyInstance } from 'fastify';
import { Problem, type ProblemDetails } from './problem.js';

export interface BodyLimits {
  /** Bytes of bodies that are in memory at once, until their requests are answered. */
  readonly mostBytes: number;
  /** So that a tenant that sends slowly keeps no others out. */
  readonly mostBytesOfTenant: number;
  /** Requests that are worked on at once, since a small body may be much work; left out, bytes alone bound them. */
  readonly mostRequests?: number;
  readonly mostRequestsOfTenant?: number;
  /** What is answered where there is no room. */
  readonly busy: ProblemDetails;
}

/**
 * Refuses requests whose bodies have no room any more, before they are read. It is asked of operations with a body size of their own
 * (`maxBodyBytes`): the others' are small.
 */
export const limitBodies = (fastify: FastifyInstance, limits: BodyLimits): void => {
  const { mostBytes, mostBytesOfTenant, mostRequests = Infinity, mostRequestsOfTenant = Infinity } = limits;
  const busy = new Problem(limits.busy);
  const all: Load = { bytes: 0, requests: 0 };
  const ofTenants = new Map<TenantId | undefined, Load>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const most = request.route.config.operation?.maxBodyBytes;
    if (most !== undefined) {
      const tenant = request.principal?.tenant;
      // One that does not say how long it is may be as long as can be; one that says too much is refused when it is read.
      const bytes = Math.min(most, Number(request.headers['content-length'] ?? most));
      const own = ofTenants.get(tenant) ?? { bytes: 0, requests: 0 };
      if (all.bytes + bytes > mostBytes || own.bytes + bytes > mostBytesOfTenant) throw busy;
      if (all.requests >= mostRequests || own.requests >= mostRequestsOfTenant) throw busy;
      ofTenants.set(tenant, own);
      for (const load of [all, own]) {
        load.bytes += bytes;
        load.requests++;
      }
      reply.raw.once('close', () => {
        for (const load of [all, own]) {
          load.bytes -= bytes;
          load.requests--;
        }
        if (own.requests === 0) ofTenants.delete(tenant);
      });
    }
    done();
  });
};

/** What is there at the moment. */
interface Load {
  bytes: number;
  requests: number;
}
