import type { TenantId } from '@offerstream/contracts';

/** Who sends a request. */
export interface Principal {
  /** `admin`: the operator of the installation. `service`: another process of it. `public`: anybody. */
  readonly kind: 'admin' | 'user' | 'key' | 'service' | 'public';
  /** A user's, or a key's (see `apiKeyId`); else the same as the kind. */
  readonly id: string;
  /** The one tenant that it may name; undefined for those that may name any. */
  readonly tenant: TenantId | undefined;
  readonly scopes: ReadonlySet<string>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined until the request was let in, and outside of operations. */
    principal: Principal | undefined;
  }
}

/** Asked once for each request of an operation that is not public, before anything of its body is read. */
export interface Authenticator {
  /**
   * @param credential what the request carries, see {@link readCredential}
   * @returns undefined for one that is not known, or not good any more
   */
  authenticate(credential: string): Principal | undefined | Promise<Principal | undefined>;
}

export const PUBLIC: Principal = { kind: 'public', id: 'public', tenant: undefined, scopes: new Set() };

const BEARER = /^Bearer +(\S+) *$/i;
const BASIC = /^Basic +([A-Za-z0-9+/=_-]+) *$/i;

/** The token of Bearer authorization, or the user name of Basic, as `curl -u <key>:` sends it. */
export const readCredential = (authorization: string | undefined): string | undefined => {
  if (authorization === undefined) return undefined;
  const bearer = BEARER.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = BASIC.exec(authorization)?.[1];
  if (basic === undefined) return undefined;
  const [user] = Buffer.from(basic, 'base64').toString().split(':', 1);
  return user === '' ? undefined : user;
};
