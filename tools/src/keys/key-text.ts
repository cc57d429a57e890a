import type { MadeKey, ShownKey } from '@offerstream/control-client';
import { minuteText, textTable } from '../line/text-table.js';

const HEAD = ['id', 'purpose', 'kind', 'mode', 'created', 'expires', 'last used', 'scopes'] as const;

/** The keys of a tenant as a table for people. */
export const keysText = (keys: readonly ShownKey[]): string =>
  keys.length === 0 ? 'There are no live keys.' : textTable(HEAD, keys.map(rowOf));

/** A key that was made, with the key itself, which nobody shows again. */
export const madeKeyText = ({ key, ...shown }: MadeKey): string =>
  [
    ...(key === undefined ? [] : [key, '', 'It is shown only now: keep it where your programs find it.', '']),
    keysText([shown]),
  ].join('\n');

const rowOf = (key: ShownKey): readonly string[] => [
  key.id,
  key.purpose,
  key.kind,
  key.mode,
  minuteText(key.created),
  key.expiresAt === null ? 'never' : minuteText(key.expiresAt),
  key.lastUsedAt === null ? 'never' : minuteText(key.lastUsedAt),
  key.scopes.join(','),
];
