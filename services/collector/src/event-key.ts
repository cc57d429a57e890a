import type { KeyTable, KnownKey } from '@offerstream/tenancy';

/** A key with which events may be written; undefined for any other. */
export const eventKey = (keys: Pick<KeyTable, 'find'>, key: string, nowMs: number): KnownKey | undefined => {
  const known = keys.find(key, nowMs);
  return known?.scopes.has('events:write') === true ? known : undefined;
};
