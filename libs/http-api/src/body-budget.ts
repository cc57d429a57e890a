import type { TenantId } from '@offerstream/contracts';
import type { FastifyInstance } from 'fastify';
import { Problem, type ProblemDetails } from './problem.js';

export interface BodyLimits {
  /** Bytes of bodies that are in memory at once, until their requests are answered. */
  readonly mostBytes: number;
  /** So that a tenant that sends slowly keeps no others out. */
  readonly mostBytesOfTenant: number;
  /** What is answered where there is no room. */
  readonly busy: ProblemDetails;
}

/**
 * Refuses requests whose bodies have no room any more, before they are read. It is asked of operations with a body size of their own
 * (`maxBodyBytes`): the others' are small.
 */
export const limitBodies = (fastify: FastifyInstance, limits: BodyLimits): void => {
  const { mostBytes, mostBytesOfTenant } = limits;
  const busy = new Problem(limits.busy);
  const ofTenants = new Map<TenantId | undefined, number>();
  let total = 0;
  const add = (tenant: TenantId | undefined, bytes: number): void => {
    total += bytes;
    const ofTenant = (ofTenants.get(tenant) ?? 0) + bytes;
    if (ofTenant === 0) ofTenants.delete(tenant);
    else ofTenants.set(tenant, ofTenant);
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    const most = request.route.config.operation?.maxBodyBytes;
    if (most !== undefined) {
      const tenant = request.principal?.tenant;
      // One that does not say how long it is may be as long as can be; one that says too much is refused when it is read.
      const bytes = Math.min(most, Number(request.headers['content-length'] ?? most));
      if (total + bytes > mostBytes || (ofTenants.get(tenant) ?? 0) + bytes > mostBytesOfTenant) throw busy;
      add(tenant, bytes);
      reply.raw.once('close', () => add(tenant, -bytes));
    }
    done();
  });
};
