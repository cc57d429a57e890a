import type { PlacementId, TenantId } from '@offerstream/contracts';
import { ControlError, type ControlClient, type ShownTenant } from '@offerstream/control-client';

type ShownPlacement = ShownTenant['placements'][number];

/**
 * The templates that a placement's copy is made of: as they are, or as they are from then on.
 *
 * @param templates empty: those that are built in; undefined: nothing is changed
 * @throws ControlError `placement-unknown`, and where the tenant was changed by somebody else meanwhile
 */
export const copyTemplatesOf = async (
  control: Pick<ControlClient, 'getTenant' | 'putTenant'>,
  tenant: TenantId,
  placement: PlacementId,
  templates: readonly string[] | undefined,
): Promise<ShownPlacement> => {
  const before = await control.getTenant(tenant);
  if (templates === undefined) return placementOf(before, placement);
  const changed = { ...placementOf(before, placement), copyTemplates: [...templates] };
  if (templates.length === 0) delete (changed as ShownPlacement).copyTemplates;
  const { consent, placements, version } = before;
  const after = await control.putTenant(
    { id: tenant, consent, placements: placements.map((each) => (each.id === placement ? changed : each)) },
    version,
  );
  return placementOf(after, placement);
};

const placementOf = ({ id: tenant, placements }: ShownTenant, id: PlacementId): ShownPlacement => {
  const placement = placements.find((each) => each.id === id);
  if (placement !== undefined) return placement;
  const known = placements.map((each) => each.id).join(', ') || 'none yet';
  throw new ControlError('placement-unknown', false, `Tenant ${tenant} has no placement ${id}. It has: ${known}.`);
};
