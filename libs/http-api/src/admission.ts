import type { DoneFuncWithErrOrRes, FastifyReply, FastifyRequest } from 'fastify';
import type { OperationOptions } from './operation.js';
import { PUBLIC, readCredential, type Authenticator, type Principal } from './principal.js';
import { CONTENT_ENCODING, scopeMissing, tenantUnknown, UNAUTHENTICATED } from './problems.js';

/**
 * Lets a request in, or throws the problem. Runs before anything of the body is read, so a stranger can't make the service read.
 * Operations name a tenant in the path or the query only, as `tenant`, so that one place keeps tenants apart.
 */
export const admit =
  (authenticator: Authenticator) =>
  (request: FastifyRequest, _reply: FastifyReply, done: DoneFuncWithErrOrRes): void | Promise<void> => {
    const { operation } = request.route.config;
    if (operation === undefined) {
      done();
      return;
    }
    const known = principalOf(request, operation, authenticator);
    // Who is known at once is not waited for: that would cost each request several turns.
    if (known instanceof Promise) return known.then((principal) => letIn(request, operation, principal));
    letIn(request, operation, known);
    done();
  };

const principalOf = (
  request: FastifyRequest,
  { scope }: OperationOptions,
  authenticator: Authenticator,
): ReturnType<Authenticator['authenticate']> => {
  if (scope === 'public') return PUBLIC;
  const credential = readCredential(request.headers.authorization);
  return credential === undefined ? undefined : authenticator.authenticate(credential);
};

const letIn = (request: FastifyRequest, { scope }: OperationOptions, principal: Principal | undefined): void => {
  if (principal === undefined) throw UNAUTHENTICATED;
  if (scope !== 'public' && scope !== 'any' && !principal.scopes.has(scope)) throw scopeMissing(scope);
  request.principal = principal;
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw CONTENT_ENCODING;
  stayInTenant(principal, request.params);
  stayInTenant(principal, request.query);
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
