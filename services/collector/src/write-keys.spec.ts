import { createHash } from 'node:crypto';
import { WriteKeys } from './write-keys.js';

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
const record = (id: string, ...keys: readonly string[]) =>
  Buffer.from(JSON.stringify({ id, writeKeyHashes: keys.map(hashOf), placements: [], consent: 'assumed' }));

describe('write keys', () => {
  it('know the tenant of a key from the hash in its record', () => {
    const keys = new WriteKeys();
    expect(keys.apply('demo', record('demo', 'k1', 'k2'))).toBeUndefined();
    expect([keys.tenantOf('k1'), keys.tenantOf('k2'), keys.tenantOf('k3'), keys.tenantOf('')]).toEqual([
      ...['demo', 'demo', undefined, undefined],
    ]);
  });

  it('forget a key with the record that lacks it', () => {
    const keys = new WriteKeys();
    keys.apply('demo', record('demo', 'k1', 'k2'));
    keys.apply('demo', record('demo', 'k2'));
    expect([keys.tenantOf('k1'), keys.tenantOf('k2')]).toEqual([undefined, 'demo']);
  });

  it('forget a deleted tenant', () => {
    const keys = new WriteKeys();
    keys.apply('demo', record('demo', 'k1'));
    expect(keys.apply('demo', null)).toBeUndefined();
    expect(keys.tenantOf('k1')).toBeUndefined();
  });

  it('follow a key that moves to another tenant, in whatever order the records come', () => {
    const keys = new WriteKeys();
    keys.apply('a', record('a', 'k1'));
    keys.apply('b', record('b', 'k1'));
    keys.apply('a', record('a'));
    expect(keys.tenantOf('k1')).toBe('b');
  });

  it.each([
    ['not JSON', Buffer.from('{')],
    ['writeKeyHashes', Buffer.from('{"id":"demo"}')],
    ['the record’s id is other'.replace('’', "'"), record('other', 'k2')],
  ])('keep what they know when a record says "%s"', (problem, value) => {
    const keys = new WriteKeys();
    keys.apply('demo', record('demo', 'k1'));
    expect(keys.apply('demo', value)).toContain(problem);
    expect(keys.tenantOf('k1')).toBe('demo');
  });
});
