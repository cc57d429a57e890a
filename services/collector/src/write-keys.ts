import { hash } from 'node:crypto';
import { tenantSchema, type TenantId } from '@offerstream/contracts';

/**
 * Which tenant a write key belongs to, from the records of the topic `tenants`. Only SHA-256 hashes of keys are known here;
 * a key is good from the moment in which its tenant's record has arrived until one without it arrives.
 */
export class WriteKeys {
  private readonly tenantOfHash = new Map<string, TenantId>();
  private readonly hashesOfTenant = new Map<string, readonly string[]>();

  tenantOf(writeKey: string): TenantId | undefined {
    return this.tenantOfHash.get(hash('sha256', writeKey, 'hex'));
  }

  /**
   * Takes a record of `tenants`; null deletes the tenant.
   *
   * @returns undefined, or why the record can't be read: then the tenant keeps the keys that it has
   */
  apply(tenant: string, value: Buffer | null): string | undefined {
    if (value === null) {
      this.replace(tenant, []);
      return undefined;
    }
    let json: unknown;
    try {
      json = JSON.parse(value.toString());
    } catch (error) {
      return `not JSON: ${(error as SyntaxError).message}`;
    }
    const record = tenantSchema.safeParse(json);
    if (!record.success)
      return record.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
    if (record.data.id !== tenant) return `the key is ${tenant}, the record's id is ${record.data.id}`;
    this.replace(tenant, record.data.writeKeyHashes, record.data.id);
    return undefined;
  }

  private replace(tenant: string, hashes: readonly string[], id?: TenantId): void {
    for (const old of this.hashesOfTenant.get(tenant) ?? []) {
      if (this.tenantOfHash.get(old) === tenant) this.tenantOfHash.delete(old);
    }
    this.hashesOfTenant.set(tenant, hashes);
    if (id !== undefined) for (const each of hashes) this.tenantOfHash.set(each, id);
  }
}
