import type { TenantId } from '@offerstream/contracts';
import { ControlError, type ControlClient } from '@offerstream/control-client';
import { removeVersion } from '@offerstream/learning';
import { RunStateError } from '../run-state.js';
import { ModelsError } from './errors.js';
import { versionsToUse } from './read-models.js';

export interface RemoveOptions {
  readonly repository: string;
  readonly name: string;
  /** Undefined for all. */
  readonly version: string | undefined;
  /** Also what is promoted, and without asking whether it is. */
  readonly force: boolean;
  /** The back office, which knows what is promoted. @throws RunStateError, ControlError */
  readonly control: () => Promise<Pick<ControlClient, 'listTenants' | 'listModels'>>;
}

/**
 * Removes versions of a model: all that were meant, or none.
 *
 * @returns the versions
 * @throws ModelsError `no-such-version`, `promoted`, `promotions-unknown`
 */
export const removeModels = async (options: RemoveOptions): Promise<readonly string[]> => {
  const { repository, name, version, force } = options;
  const versions = await versionsToUse(repository, name, version);
  if (!force) await refusePromoted(options, versions);
  for (const each of versions) await removeVersion(repository, name, each);
  return versions;
};

const refusePromoted = async ({ name, control }: RemoveOptions, versions: readonly string[]): Promise<void> => {
  for (const promoted of await promotedModels(control)) {
    if (promoted.name !== name || !versions.includes(promoted.version)) continue;
    throw new ModelsError(
      'promoted',
      false,
      `Version ${promoted.version} of ${name} is promoted: offers of ${promoted.tenant} come from it. Promote another version ` +
        'first (npm run train), or remove it all the same with --force.',
    );
  }
};

const promotedModels = async (control: RemoveOptions['control']) => {
  try {
    const backOffice = await control();
    const tenants = await backOffice.listTenants();
    return (await Promise.all(tenants.map(({ id }) => backOffice.listModels(id as TenantId)))).flat();
  } catch (error) {
    if (!(error instanceof RunStateError) && !(error instanceof ControlError)) throw error;
    throw new ModelsError(
      'promotions-unknown',
      true,
      `Whether it is promoted can't be asked: ${error.message} Or remove it unasked with --force.`,
      { cause: error },
    );
  }
};
