import { ALL_SCOPES, ROLES, SCOPES_OF_KEY_KIND, SCOPES_OF_ROLE } from './scopes.js';

it('a write key writes events and nothing else', () => {
  expect(SCOPES_OF_KEY_KIND.wk).toEqual(['events:write']);
});

it('no key makes keys or users, or changes models or the tenant', () => {
  for (const scope of Object.values(SCOPES_OF_KEY_KIND).flat())
    expect(scope).not.toMatch(/^(keys|users|audit|tenant|invoices):/);
  expect(SCOPES_OF_KEY_KIND.sk).not.toContain('models:write');
});

it('nobody in a tenant may do what is the operator’s', () => {
  for (const role of ROLES) {
    for (const scope of SCOPES_OF_ROLE[role])
      expect(scope).not.toMatch(/^(tenants:|plans:write|invoices:write|quota:)/);
  }
  expect(ALL_SCOPES.has('tenants:write')).toBe(true);
});

it('only the owner changes users', () => {
  expect(ROLES.filter((role) => SCOPES_OF_ROLE[role].includes('users:write'))).toEqual(['owner']);
});

it('an operator can make a write key: nobody gives a key what he may not do himself', () => {
  expect(SCOPES_OF_ROLE.operator).toEqual(expect.arrayContaining(['keys:write', ...SCOPES_OF_KEY_KIND.wk]));
});
