import type { TenantId } from '@offerstream/contracts';
import { apiKeyId, hashApiKey } from './api-key.js';
import { KeyTable } from './key-table.js';

const SHOP = 'shop' as TenantId;
const record = (key: string, expiresAt: string | null = null) => {
  const hash = hashApiKey(key);
  return { id: apiKeyId(hash), hash, kind: 'sk' as const, scopes: ['offers:read'], expiresAt };
};

it('a key that was found before is found no more once it is revoked, moved or over', () => {
  const table = new KeyTable();
  table.replace(SHOP, [record('good'), record('ending', '2026-03-01T00:00:00Z')]);
  const endsMs = Date.parse('2026-03-01T00:00:00Z');
  for (let time = 0; time < 2; time++) {
    expect(table.find('good', 0)).toMatchObject({ tenant: SHOP, id: apiKeyId(hashApiKey('good')) });
    expect(table.find('ending', endsMs - 1)?.tenant).toBe(SHOP);
    expect(table.find('unknown', 0)).toBeUndefined();
  }
  expect(table.find('ending', endsMs)).toBeUndefined();
  table.replace('other' as TenantId, [record('good')]);
  expect(table.find('good', 0)?.tenant).toBe('other');
  table.replace('other' as TenantId, []);
  expect(table.find('good', 0)).toBeUndefined();
});

it('goes on when more keys are used than it remembers', () => {
  const table = new KeyTable();
  const names = Array.from({ length: 2_500 }, (_, index) => `key-${index}`);
  table.replace(
    SHOP,
    names.map((name) => record(name)),
  );
  for (const name of [...names, ...names]) expect(table.find(name, 0)?.id).toBe(apiKeyId(hashApiKey(name)));
});
