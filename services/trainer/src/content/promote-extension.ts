import type { TenantId } from '@offerstream/contracts';
import { ControlUnavailable, type ControlApi } from '@offerstream/service-kit';

export interface Extension {
  readonly tenant: TenantId;
  readonly name: string;
  readonly version: string;
  /** The version that it was made of. */
  readonly base: string;
}

/**
 * Has control put a version in the place of the one that it extends.
 *
 * @returns false where another one serves by now
 * @throws ControlUnavailable: it may have done so, and may be asked again
 */
export const promoteExtension = async (
  control: Pick<ControlApi, 'post'>,
  { tenant, name, version, base }: Extension,
): Promise<boolean> => {
  try {
    await control.post(`/v1/models/${name}/extensions?tenant=${tenant}`, { version, extends: base });
    return true;
  } catch (error) {
    if (error instanceof ControlUnavailable && error.status === CONFLICT) return false;
    throw error;
  }
};

const CONFLICT = 409;
