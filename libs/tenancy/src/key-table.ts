import type { ApiKey, TenantId } from '@offerstream/contracts';
import { hashApiKey, type KeyKind } from './api-key.js';

export interface KnownKey {
  readonly tenant: TenantId;
  /** See `apiKeyId`. */
  readonly id: string;
  readonly kind: KeyKind;
  readonly scopes: ReadonlySet<string>;
  /** Milliseconds since 1970; infinite for a key without end. */
  readonly expiresAtMs: number;
}

/** Which tenant a key belongs to and what it may do. Only hashes are known here. */
export class KeyTable {
  private readonly keyOfHash = new Map<string, KnownKey>();
  private readonly hashesOfTenant = new Map<TenantId, readonly string[]>();

  /** @returns undefined for a key that is unknown, revoked, or expired at `nowMs` (milliseconds since 1970) */
  find(key: string, nowMs: number): KnownKey | undefined {
    const known = this.keyOfHash.get(hashApiKey(key));
    return known !== undefined && nowMs < known.expiresAtMs ? known : undefined;
  }

  /** From here on the tenant has these keys and no others. */
  replace(tenant: TenantId, keys: readonly ApiKey[]): void {
    for (const hash of this.hashesOfTenant.get(tenant) ?? []) {
      // A key may have moved to another tenant, whose record came first.
      if (this.keyOfHash.get(hash)?.tenant === tenant) this.keyOfHash.delete(hash);
    }
    if (keys.length === 0) this.hashesOfTenant.delete(tenant);
    else
      this.hashesOfTenant.set(
        tenant,
        keys.map(({ hash }) => hash),
      );
    for (const { id, hash, kind, scopes, expiresAt } of keys) {
      const expiresAtMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
      this.keyOfHash.set(hash, { tenant, id, kind, scopes: new Set(scopes), expiresAtMs });
    }
  }
}
