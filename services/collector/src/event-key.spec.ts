import type { TenantId } from '@offerstream/contracts';
import { apiKeyId, hashApiKey, KeyTable } from '@offerstream/tenancy';
import { eventKey } from './event-key.js';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const keys = new KeyTable();
const record = (key: string, scopes: string[], expiresAt: string | null = null) => {
  const hash = hashApiKey(key);
  return { id: apiKeyId(hash), hash, kind: 'sk' as const, scopes, expiresAt };
};
keys.replace('shop' as TenantId, [
  record('writes', ['offers:read', 'events:write']),
  record('reads', ['offers:read']),
  record('over', ['events:write'], '2026-03-01T00:00:00Z'),
]);

it.each([
  ['writes', 'shop'],
  ['reads', undefined],
  ['over', undefined],
  ['unknown', undefined],
])('the key that %s writes events of %s', (key, tenant) => {
  expect(eventKey(keys, key, NOW)?.tenant).toBe(tenant);
});
