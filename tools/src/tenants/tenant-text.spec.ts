import type { AuditRecord, ShownTenant, ShownUser } from '@offerstream/control-client';
import { auditText, copyTemplatesText, pictureHostsText, tenantsText, usersText } from './tenant-text.js';

const placement = (id: string) =>
  ({ id, model: 'shop.m', slots: 5, validitySeconds: 60 }) as ShownTenant['placements'][0];

it('tenants with their placements', () => {
  const tenants: ShownTenant[] = [
    {
      id: 'demo',
      consent: 'assumed',
      version: 12,
      placements: [placement('home'), placement('cart')],
      pictureHosts: ['a.example', 'b.example'],
    },
    { id: 'b', consent: 'required', version: 1, placements: [], pictureHosts: [] },
  ];
  expect(tenantsText(tenants)).toBe(
    [
      'tenant  consent   version  placements                    picture hosts',
      'demo    assumed   12       home (shop.m), cart (shop.m)  a.example, b.example',
      'b       required  1        none                          none',
    ].join('\n'),
  );
  expect(tenantsText([])).toBe('There are no tenants.');
});

it('templates of a placement, one a line', () => {
  expect(copyTemplatesText({ ...placement('home'), copyTemplates: ['New: {title}', 'Only {price}'] })).toBe(
    'Copy for home is made of:\n  New: {title}\n  Only {price}',
  );
  expect(copyTemplatesText(placement('cart'))).toBe('Copy for cart is made of the templates that are built in.');
});

it('hosts of pictures, one a line', () => {
  expect(pictureHostsText(['a.example', 'b.example'])).toBe('Pictures are fetched from:\n  a.example\n  b.example');
  expect(pictureHostsText([])).toBe('No pictures are fetched: the tenant allows no host.');
});

it('users by role', () => {
  const user: ShownUser = {
    id: 'usr_1',
    email: 'a@b.c',
    role: 'owner',
    created: '2026-03-01T09:00:00.000Z',
    version: 1,
  };
  expect(usersText([user])).toBe('id     e-mail  role   since\nusr_1  a@b.c   owner  2026-03-01 09:00');
});

it('who changed what', () => {
  const record: AuditRecord = {
    id: '7',
    tenant: 'shop',
    at: '2026-03-01T09:00:00.000Z',
    by: { kind: 'user', id: 'usr_1' },
    operation: 'revokeKey',
    target: 'key 8c36',
    requestId: 'r',
    summary: { revoked: true },
  };
  expect(auditText([record, { ...record, by: { kind: 'admin', id: 'admin' } }])).toBe(
    [
      'at                by          operation  target    now',
      '2026-03-01 09:00  user usr_1  revokeKey  key 8c36  {"revoked":true}',
      '2026-03-01 09:00  admin       revokeKey  key 8c36  {"revoked":true}',
    ].join('\n'),
  );
});
