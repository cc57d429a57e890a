import { UNLIMITED, type TenantId } from '@offerstream/contracts';
import { apiKeyId, hashApiKey, makeApiKey } from './api-key.js';
import { TenantTable } from './tenant-table.js';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const keyRecord = (key: string, expiresAt: string | null = null) => ({
  id: apiKeyId(hashApiKey(key)),
  hash: hashApiKey(key),
  kind: 'sk',
  scopes: ['offers:read'],
  expiresAt,
});
const record = (id: string, ...keys: readonly ReturnType<typeof keyRecord>[]) =>
  Buffer.from(JSON.stringify({ id, keys, placements: [], consent: 'assumed' }));
const oldRecord = (id: string, ...keys: readonly string[]) =>
  Buffer.from(JSON.stringify({ id, writeKeyHashes: keys.map(hashApiKey), placements: [], consent: 'required' }));

let table: TenantTable;
beforeEach(() => {
  table = new TenantTable();
});
const tenantsOf = (...keys: readonly string[]) => keys.map((key) => table.keys.find(key, NOW)?.tenant);

it('knows a tenant and its keys from its record', () => {
  expect(table.apply('demo', record('demo', keyRecord('k1')))).toBeUndefined();
  expect(table.get('demo' as TenantId)).toMatchObject({ consent: 'assumed', allowance: UNLIMITED });
  const known = table.keys.find('k1', NOW);
  expect(known).toMatchObject({ tenant: 'demo', id: apiKeyId(hashApiKey('k1')), kind: 'sk' });
  expect([...(known?.scopes ?? [])]).toEqual(['offers:read']);
  expect(tenantsOf('k2', '', hashApiKey('k1'))).toEqual([undefined, undefined, undefined]);
});

it('reads the write keys of a record of version 0.1, which may write events', () => {
  expect(table.apply('demo', oldRecord('demo', 'demo-write-key'))).toBeUndefined();
  const known = table.keys.find('demo-write-key', NOW);
  expect(known).toMatchObject({ tenant: 'demo', kind: 'wk', expiresAtMs: Number.POSITIVE_INFINITY });
  expect([...(known?.scopes ?? [])]).toEqual(['events:write']);
});

it('a key is good until it expires', () => {
  table.apply(
    'demo',
    record('demo', keyRecord('k1', '2026-03-01T00:00:00.001Z'), keyRecord('k2', '2026-03-01T00:00:00Z')),
  );
  expect(tenantsOf('k1', 'k2')).toEqual(['demo', undefined]);
});

it('forgets a key with the record that lacks it', () => {
  table.apply('demo', record('demo', keyRecord('k1'), keyRecord('k2')));
  table.apply('demo', record('demo', keyRecord('k2')));
  expect(tenantsOf('k1', 'k2')).toEqual([undefined, 'demo']);
});

it('forgets a deleted tenant', () => {
  table.apply('demo', record('demo', keyRecord('k1')));
  expect(table.apply('demo', null)).toBeUndefined();
  expect(tenantsOf('k1')).toEqual([undefined]);
  expect(table.get('demo' as TenantId)).toBeUndefined();
});

it('follows a key that moves to another tenant, in whatever order the records come', () => {
  table.apply('a', record('a', keyRecord('k1')));
  table.apply('b', record('b', keyRecord('k1')));
  table.apply('a', record('a'));
  expect(tenantsOf('k1')).toEqual(['b']);
});

it.each([
  ['not JSON', Buffer.from('{')],
  ['placements', Buffer.from('{"id":"demo"}')],
  ["the record's id is other", record('other', keyRecord('k2'))],
])('keeps what it knows when a record says "%s"', (problem, value) => {
  table.apply('demo', record('demo', keyRecord('k1')));
  const { version } = table;
  expect(table.apply('demo', value)).toContain(problem);
  expect(tenantsOf('k1')).toEqual(['demo']);
  expect(table.version).toBe(version);
});

it('a revocation holds even where another field of its record, or another key, is not understood', () => {
  table.apply('demo', record('demo', keyRecord('k1'), keyRecord('k2'), keyRecord('k3')));
  const later = JSON.stringify({
    id: 'demo',
    keys: [keyRecord('k2'), { ...keyRecord('k3'), kind: 'of a later version' }],
    placements: 'of a later version',
    consent: 'assumed',
  });
  expect(table.apply('demo', Buffer.from(later))).toContain('placements');
  expect(tenantsOf('k1', 'k2', 'k3')).toEqual([undefined, 'demo', undefined]);
  expect(table.get('demo' as TenantId)?.placements).toEqual([]);
});

it('its version rises with each record', () => {
  table.apply('a', record('a'));
  table.apply('a', record('a'));
  table.apply('a', null);
  expect(table.version).toBe(3);
});

it('a made key is found like any other', () => {
  const key = makeApiKey({ kind: 'sk', mode: 'test' }, new Uint8Array(32));
  table.apply('demo', record('demo', keyRecord(key)));
  expect(tenantsOf(key)).toEqual(['demo']);
});
