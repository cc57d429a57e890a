import type { TenantId } from '@offerstream/contracts';
import type { KeyTable } from '@offerstream/tenancy';

/** Whose events come with a key; undefined when it may not write any. */
export const tenantOfEventKey = (keys: Pick<KeyTable, 'find'>, key: string, nowMs: number): TenantId | undefined => {
  const known = keys.find(key, nowMs);
  return known?.scopes.has('events:write') === true ? known.tenant : undefined;
};
