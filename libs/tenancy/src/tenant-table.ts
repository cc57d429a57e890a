import { apiKeySchema, tenantSchema, type ApiKey, type Tenant, type TenantId } from '@offerstream/contracts';
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
   * @returns undefined, or why the record can't be read: then the tenant stays as it was, but for its keys where these can be read,
   *   so that one that was revoked is good no longer
   */
  apply(id: string, value: Buffer | null): string | undefined {
    const { tenant, keys, problem } = value === null ? DELETED : readRecord(id, value);
    if (problem === undefined) {
      if (tenant === undefined) this.tenants.delete(id as TenantId);
      else this.tenants.set(tenant.id, tenant);
    }
    if (keys !== undefined) {
      this.keys.replace(id as TenantId, keys);
      this.records += 1;
    }
    return problem;
  }
}

interface ReadRecord {
  readonly tenant?: Tenant;
  /** Undefined where the record does not say which the tenant has. */
  readonly keys?: readonly ApiKey[];
  readonly problem?: string;
}

const DELETED: ReadRecord = { keys: [] };

const readRecord = (id: string, value: Buffer): ReadRecord => {
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch (error) {
    return { problem: `not JSON: ${(error as SyntaxError).message}` };
  }
  const { data, error } = tenantSchema.safeParse(json);
  if (error !== undefined) {
    const problem = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
    const keys = keysOf(id, json);
    return keys === undefined ? { problem } : { keys, problem };
  }
  if (data.id !== id) return { problem: `the key is ${id}, the record's id is ${data.id}` };
  const keys = [...data.keys, ...(data.writeKeyHashes ?? []).map(writeKey)];
  return { tenant: { ...data, keys }, keys };
};

/** The keys of a record that is not understood as a whole; one that is not understood itself is good for nothing. */
const keysOf = (id: string, json: unknown): readonly ApiKey[] | undefined => {
  const { id: itsId, keys } = (json ?? {}) as { readonly id?: unknown; readonly keys?: unknown };
  if (itsId !== id || !Array.isArray(keys)) return undefined;
  return keys.flatMap((key) => apiKeySchema.safeParse(key).data ?? []);
};

const writeKey = (hash: string): ApiKey => ({
  id: apiKeyId(hash),
  hash,
  kind: 'wk',
  scopes: [...SCOPES_OF_KEY_KIND.wk],
  expiresAt: null,
});
