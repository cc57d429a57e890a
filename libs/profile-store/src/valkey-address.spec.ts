import { InvalidProfileStoreUrl } from './errors.js';
import { readValkeyUrl } from './valkey-address.js';

describe('the URL of a profile store', () => {
  it.each([
    ['redis://valkey:6379', 'server', [{ host: 'valkey', port: 6379 }], false, 0],
    ['redis://127.0.0.1', 'server', [{ host: '127.0.0.1', port: 6379 }], false, 0],
    ['redis://valkey:7000/3', 'server', [{ host: 'valkey', port: 7000 }], false, 3],
    ['rediss://cache.example:6380/', 'server', [{ host: 'cache.example', port: 6380 }], true, 0],
    ['redis://[::1]:6379', 'server', [{ host: '::1', port: 6379 }], false, 0],
    [
      'redis+cluster://one:7000,two:7001',
      'cluster',
      [
        { host: 'one', port: 7000 },
        { host: 'two', port: 7001 },
      ],
      false,
      0,
    ],
  ] as const)('is read: %s', (url, kind, nodes, tls, database) => {
    expect(readValkeyUrl(url)).toMatchObject({ kind, nodes, tls, database, username: undefined, password: undefined });
  });

  it.each([
    ['redis://anna:s%40cret@valkey', 'anna', 's@cret'],
    ['redis://:secret@valkey', undefined, 'secret'],
    ['redis+cluster://anna:a:b@one,two', 'anna', 'a:b'],
  ] as const)('may hold user and password: %s', (url, username, password) => {
    expect(readValkeyUrl(url)).toMatchObject({ username, password });
    expect(readValkeyUrl(url).name).toMatch(/^(valkey|one:6379,two):6379$/);
  });

  it.each([
    'valkey:6379',
    'http://valkey:6379',
    'redis://',
    'redis://valkey:99999',
    'redis://one:1,two:2',
    'redis+cluster://one:1/2',
    'redis://valkey/three',
    'redis://a:%zz@valkey',
  ])('is refused when it is another: %s', (url) => {
    expect(() => readValkeyUrl(url)).toThrow(InvalidProfileStoreUrl);
  });

  it.each(['redis://anna:secret@valkey:99999', 'http://anna:secret@valkey', 'redis://anna:secret%@valkey'])(
    'keeps the password to itself when it is refused: %s',
    (url) => {
      const refuse = () => {
        try {
          return readValkeyUrl(url).name;
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(refuse()).toMatch(/^This URL names no profile store/);
      expect(refuse()).not.toContain('secret');
    },
  );
});
