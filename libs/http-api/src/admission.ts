import type { FastifyRequest } from 'fastify';
import type { OperationOptions } from './operation.js';
import { PUBLIC, readCredential, type Authenticator, type Principal } from './principal.js';
import { CONTENT_ENCODING, scopeMissing, tenantUnknown, UNAUTHENTICATED } from './problems.js';

/**
 * Lets a request in, or throws the problem. Runs before anything of the body is read, so a stranger can't make the service read.
 * Operations name a tenant in the path or the query only, as `tenant`, so that one place keeps tenants apart.
 */
export const admit = (authenticator: Authenticator) => {
  return async (request: FastifyRequest): Promise<void> => {
    const { operation } = request.routeOptions.config;
    if (operation === undefined) return;
    request.principal = await principalOf(request, operation, authenticator);
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw CONTENT_ENCODING;
    stayInTenant(request.principal, request.params);
    stayInTenant(request.principal, request.query);
  };
};

const principalOf = async (
  request: FastifyRequest,
  { scope }: OperationOptions,
  authenticator: Authenticator,
): Promise<Principal> => {
  if (scope === 'public') return PUBLIC;
  const credential = readCredential(request.headers.authorization);
  const principal = credential === undefined ? undefined : await authenticator.authenticate(credential);
  if (principal === undefined) throw UNAUTHENTICATED;
  if (scope !== 'any' && !principal.scopes.has(scope)) throw scopeMissing(scope);
  return principal;
};

/**
 * Whoever belongs to a tenant names no other. The answer is the one for a tenant that does not exist, so that nobody learns which
 * ones do.
 */
const stayInTenant = (principal: Principal, part: unknown): void => {
  if (principal.tenant === undefined || typeof part !== 'object' || part === null) return;
  if (!Object.hasOwn(part, 'tenant')) return;
  const { tenant } = part as { readonly tenant: unknown };
  if (tenant !== undefined && tenant !== principal.tenant)
    throw tenantUnknown(typeof tenant === 'string' ? tenant : 'of that kind');
};
