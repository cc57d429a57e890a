import { tenantSchema, type ApiKey, type Tenant, type TenantId } from '@offerstream/contracts';
import { apiKeyId } from './api-key.js';
import { KeyTable } from './key-table.js';
import { SCOPES_OF_KEY_KIND } from './scopes.js';

/** The tenants as the topic `tenants` tells them: placements, consent, allowance, keys. */
export class TenantTable {
  readonly keys = new KeyTable();
  private readonly tenants = new Map<TenantId, Tenant>();
  private records = 0;

  /** Rises with every record that changed something. */
  get version(): number {
    return this.records;
  }

  get(id: TenantId): Tenant | undefined {
    return this.tenants.get(id);
  }

  /**
   * Takes a record; null deletes the tenant.
   *
   * @returns undefined, or why the record can't be read: then the tenant stays as it was
   */
  apply(id: string, value: Buffer | null): string | undefined {
    const read = value === null ? undefined : readTenant(id, value);
    if (typeof read === 'string') return read;
    if (read === undefined) this.tenants.delete(id as TenantId);
    else this.tenants.set(read.id, read);
    this.keys.replace(id as TenantId, read?.keys ?? []);
    this.records += 1;
    return undefined;
  }
}

const readTenant = (id: string, value: Buffer): Tenant | string => {
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch (error) {
    return `not JSON: ${(error as SyntaxError).message}`;
  }
  const { data, error } = tenantSchema.safeParse(json);
  if (error !== undefined) return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
  if (data.id !== id) return `the key is ${id}, the record's id is ${data.id}`;
  return { ...data, keys: [...data.keys, ...(data.writeKeyHashes ?? []).map(writeKey)] };
};

const writeKey = (hash: string): ApiKey => ({
  id: apiKeyId(hash),
  hash,
  kind: 'wk',
  scopes: [...SCOPES_OF_KEY_KIND.wk],
  expiresAt: null,
});
