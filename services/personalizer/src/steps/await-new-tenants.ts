import { splitKey, type TenantId } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type BatchStep } from '@offerstream/pipeline';
import type { TenantTable } from '@offerstream/tenancy';

/** Beyond it what is remembered is forgotten, which costs a wait: whoever makes names up must not fill the memory. */
const MOST_REMEMBERED = 10_000;

/**
 * A shop's first events may overtake the news that there is such a shop: a tenant is unknown only to a table that is up to date.
 * It stays so until the table is told something, so that a shop that goes on writing after its tenant is gone costs one wait.
 */
export const awaitNewTenants = (
  tenants: Pick<TenantTable, 'get' | 'version'>,
  untilTenantsAreKnown: () => Promise<void>,
): BatchStep<RawRecord, RawRecord, RawRecord> => {
  const unknown = new Set<TenantId>();
  let unknownAtVersion = tenants.version;
  return async function awaitNewTenants(elements) {
    if (tenants.version !== unknownAtVersion || unknown.size > MOST_REMEMBERED) unknown.clear();
    const missing = new Set<TenantId>();
    for (const { record } of elements) {
      const tenant = record.key === null ? undefined : splitKey(record.key.toString())?.tenant;
      if (tenant !== undefined && tenants.get(tenant) === undefined && !unknown.has(tenant)) missing.add(tenant);
    }
    if (missing.size > 0) {
      await untilTenantsAreKnown();
      for (const tenant of missing) if (tenants.get(tenant) === undefined) unknown.add(tenant);
    }
    unknownAtVersion = tenants.version;
    return elements.map(({ value }) => ok(value));
  };
};
