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

const MAX_REMEMBERED = 1_000;

/** Which tenant a key belongs to and what it may do. */
export class KeyTable {
  private readonly keyOfHash = new Map<string, KnownKey>();
  private readonly hashesOfTenant = new Map<TenantId, readonly string[]>();
  /**
   * Hashes of good keys that were sent lately: to hash a key takes longer than all else that lets a request in. Who can read this
   * memory can read the requests, too.
   */
  private readonly hashOfSent = new Map<string, string>();

  /** @returns undefined for a key that is unknown, revoked, or expired at `nowMs` (milliseconds since 1970) */
  find(key: string, nowMs: number): KnownKey | undefined {
    const remembered = this.hashOfSent.get(key);
    const hash = remembered ?? hashApiKey(key);
    const known = this.keyOfHash.get(hash);
    if (known === undefined || nowMs >= known.expiresAtMs) return undefined;
    if (remembered === undefined) {
      if (this.hashOfSent.size >= MAX_REMEMBERED) this.hashOfSent.clear();
      this.hashOfSent.set(key, hash);
    }
    return known;
  }

  /** From here on the tenant has these keys and no others. */
  replace(tenant: TenantId, keys: readonly ApiKey[]): void {
    this.hashOfSent.clear();
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
