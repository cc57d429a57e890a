import { splitKey } from '@offerstream/contracts';
import type { RawRecord } from '@offerstream/kafka';
import { ok, type BatchStep } from '@offerstream/pipeline';
import type { Tenants } from '../tables/tenants.js';

/** A shop's first events may overtake the news that there is such a shop: a tenant is unknown only to a table that is up to date. */
export const awaitNewTenants = (
  tenants: Pick<Tenants, 'get'>,
  untilTenantsAreKnown: () => Promise<void>,
): BatchStep<RawRecord, RawRecord, RawRecord> =>
  async function awaitNewTenants(elements) {
    const isOfUnknownTenant = ({ key }: RawRecord): boolean => {
      const tenant = key === null ? undefined : splitKey(key.toString())?.tenant;
      return tenant !== undefined && tenants.get(tenant) === undefined;
    };
    if (elements.some(({ record }) => isOfUnknownTenant(record))) await untilTenantsAreKnown();
    return elements.map(({ value }) => ok(value));
  };
