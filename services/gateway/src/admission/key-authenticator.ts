import type { TenantId } from '@offerstream/contracts';
import type { Authenticator, Principal } from '@offerstream/http-api';
import type { KeyTable } from '@offerstream/tenancy';

/** Lets keys in, and nobody else: people and the operator have no business here. */
export class KeyAuthenticator implements Authenticator {
  /** @param onUse is told each use of a known key */
  constructor(
    private readonly keys: Pick<KeyTable, 'find'>,
    private readonly nowMs: () => number,
    private readonly onUse: (tenant: TenantId, keyId: string, atMs: number) => void,
  ) {}

  authenticate(credential: string): Principal | undefined {
    const nowMs = this.nowMs();
    const key = this.keys.find(credential, nowMs);
    if (key === undefined) return undefined;
    this.onUse(key.tenant, key.id, nowMs);
    return { kind: 'key', id: key.id, tenant: key.tenant, scopes: key.scopes };
  }
}
