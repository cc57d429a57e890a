import type { ShownKey } from '@offerstream/control-client';
import { keysText, madeKeyText } from './key-text.js';

const web: ShownKey = {
  id: '8c365d0d5950e8e1',
  purpose: 'website',
  kind: 'wk',
  mode: 'live',
  scopes: ['events:write'],
  created: '2026-03-01T09:00:30.000Z',
  expiresAt: null,
  lastUsedAt: '2026-03-02T10:11:12.000Z',
};
const server: ShownKey = {
  ...web,
  id: '0123456789abcdef',
  purpose: 'app',
  kind: 'sk',
  mode: 'test',
  scopes: ['offers:read', 'catalog:read'],
  expiresAt: '2026-06-01T00:00:00.000Z',
  lastUsedAt: null,
};

it('keys stand below each other', () => {
  expect(keysText([web, server])).toBe(
    [
      'id                purpose  kind  mode  created           expires           last used         scopes',
      '8c365d0d5950e8e1  website  wk    live  2026-03-01 09:00  never             2026-03-02 10:11  events:write',
      '0123456789abcdef  app      sk    test  2026-03-01 09:00  2026-06-01 00:00  never             offers:read,catalog:read',
    ].join('\n'),
  );
  expect(keysText([])).toBe('There are no live keys.');
});

it('a made key stands first, alone in its line, so that it can be copied', () => {
  expect(madeKeyText({ ...server, key: 'ofs_sk_test_x' }).split('\n', 1)).toEqual(['ofs_sk_test_x']);
  expect(madeKeyText(web)).toBe(keysText([web]));
});
