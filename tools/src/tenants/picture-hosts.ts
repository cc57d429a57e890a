import type { TenantId } from '@offerstream/contracts';
import type { ControlClient } from '@offerstream/control-client';

/**
 * The hosts from which a tenant's pictures are fetched: as they are, or as they are from then on.
 *
 * @param hosts undefined: nothing is changed
 * @throws ControlError, where the tenant was changed by somebody else meanwhile too
 */
export const pictureHostsOf = async (
  control: Pick<ControlClient, 'getTenant' | 'putTenant'>,
  tenant: TenantId,
  hosts: readonly string[] | undefined,
): Promise<readonly string[]> => {
  const { consent, placements, version, pictureHosts } = await control.getTenant(tenant);
  if (hosts === undefined) return pictureHosts;
  return (await control.putTenant({ id: tenant, consent, placements, pictureHosts: hosts }, version)).pictureHosts;
};
