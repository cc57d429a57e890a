import type { Database } from '@offerstream/database';
import type { Authenticator, Principal } from '@offerstream/http-api';
import {
  ALL_SCOPES,
  hashApiKey,
  isSessionToken,
  readApiKey,
  SCOPES_OF_ROLE,
  SERVICE_SCOPES,
} from '@offerstream/tenancy';
import type { Clock } from './chance-and-time.js';
import type { TokenFile } from './token-file.js';

export interface ControlAuthenticatorParts {
  readonly adminToken: TokenFile;
  readonly serviceToken: TokenFile;
  readonly database: Pick<Database, 'keys' | 'sessions'>;
  readonly clock: Clock;
}

const ADMIN: Principal = { kind: 'admin', id: 'admin', tenant: undefined, scopes: ALL_SCOPES };
const SERVICE: Principal = { kind: 'service', id: 'service', tenant: undefined, scopes: SERVICE_SCOPES };

/** The last use of a key is told to the minute. */
const USE_RESOLUTION_MS = 60_000;

/** Knows the admin, the data plane's services, people by their sessions, and keys. Postgres is asked for the latter two only. */
export class ControlAuthenticator implements Authenticator {
  constructor(private readonly parts: ControlAuthenticatorParts) {}

  authenticate(credential: string): Principal | undefined | Promise<Principal | undefined> {
    if (isSessionToken(credential)) return this.user(credential);
    if (readApiKey(credential) !== undefined) return this.key(credential);
    if (this.parts.adminToken.matches(credential)) return ADMIN;
    return this.parts.serviceToken.matches(credential) ? SERVICE : undefined;
  }

  private async user(token: string): Promise<Principal | undefined> {
    const user = await this.parts.database.sessions.find(hashApiKey(token), this.parts.clock());
    if (user === undefined) return undefined;
    return { kind: 'user', id: user.id, tenant: user.tenant, scopes: new Set(SCOPES_OF_ROLE[user.role]) };
  }

  private async key(text: string): Promise<Principal | undefined> {
    const { keys } = this.parts.database;
    const at = this.parts.clock();
    const found = await keys.find(hashApiKey(text), at);
    if (found === undefined) return undefined;
    const { tenant, key } = found;
    if (key.lastUsed === undefined || at.getTime() - key.lastUsed.getTime() >= USE_RESOLUTION_MS) {
      await keys.use([{ tenant, id: key.id, at }]);
    }
    return { kind: 'key', id: key.id, tenant, scopes: new Set(key.scopes) };
  }
}
