import { Problem } from '@offerstream/http-api';
import type { TenantId } from '@offerstream/contracts';
import type { FastifyInstance } from 'fastify';
import { IMAGES_BUSY } from './image-problems.js';

/** Bytes of bodies that are there at once, until their requests are answered. In memory it may be the double: JSON is text and photo. */
const MOST_BYTES = 128 * 2 ** 20;
/** So that one that sends slowly keeps no others out. */
const MOST_BYTES_A_TENANT = MOST_BYTES / 2;

/** How many bytes of bodies are in memory, in all and of each tenant. */
export class BodyBudget {
  private total = 0;
  private readonly ofTenants = new Map<TenantId | undefined, number>();

  /** @returns whether there is room for them */
  take(tenant: TenantId | undefined, bytes: number): boolean {
    const ofTenant = (this.ofTenants.get(tenant) ?? 0) + bytes;
    if (this.total + bytes > MOST_BYTES || ofTenant > MOST_BYTES_A_TENANT) return false;
    this.total += bytes;
    this.ofTenants.set(tenant, ofTenant);
    return true;
  }

  giveBack(tenant: TenantId | undefined, bytes: number): void {
    this.total -= bytes;
    const left = (this.ofTenants.get(tenant) ?? 0) - bytes;
    if (left === 0) this.ofTenants.delete(tenant);
    else this.ofTenants.set(tenant, left);
  }
}

/**
 * Refuses requests whose bodies have no room any more, before they are read. It is asked of operations with a body size of their own: the
 * others' are small.
 */
export const limitBodies = (fastify: FastifyInstance, budget: BodyBudget): void => {
  fastify.addHook('onRequest', (request, reply, done) => {
    const most = request.route.config.operation?.maxBodyBytes;
    if (most !== undefined) {
      const tenant = request.principal?.tenant;
      // One that does not say how long it is may be as long as can be; one that says too much is refused when it is read.
      const bytes = Math.min(most, Number(request.headers['content-length'] ?? most));
      if (!budget.take(tenant, bytes)) throw new Problem(IMAGES_BUSY);
      reply.raw.once('close', () => budget.giveBack(tenant, bytes));
    }
    done();
  });
};
