import type { PlacementId, Placement, Tenant } from '@offerstream/contracts';
import { Problem, UNAUTHENTICATED, type Call } from '@offerstream/http-api';
import type { GatewayTables } from './gateway-tables.js';

/** Problems of every operation that is paid for, by status. */
export const REFUSALS = { 429: ['quota-used-up'], 503: ['starting', 'quota-unknown'] } as const;

/** The tenant whose key it is. @throws Problem `unauthenticated` when it is gone since the key was looked up */
export const tenantOf = ({ principal }: Call, tables: Pick<GatewayTables, 'tenants'>): Tenant => {
  const tenant = principal.tenant === undefined ? undefined : tables.tenants.get(principal.tenant);
  if (tenant === undefined) throw UNAUTHENTICATED;
  return tenant;
};

/** @throws Problem `placement-unknown` */
export const placementOf = (tenant: Tenant, id: PlacementId): Placement => {
  const placement = tenant.placements.find((each) => each.id === id);
  if (placement !== undefined) return placement;
  throw new Problem({
    status: 404,
    code: 'placement-unknown',
    reason: `The tenant has no placement ${id}.`,
    fix: `Name one that it has: ${tenant.placements.map((each) => each.id).join(', ') || 'it has none yet'}.`,
  });
};

export const ITEM_UNKNOWN = new Problem({
  status: 404,
  code: 'item-unknown',
  reason: 'The catalog has no such item.',
  fix: 'Check the id, or put the item into the catalog first.',
});
