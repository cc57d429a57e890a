/** What a caller may do, as `noun:verb`. Every operation of every API names the one that it needs. */
export const SCOPES = [
  'events:write',
  'offers:read',
  'recommendations:read',
  'explanations:read',
  'outcomes:write',
  'reports:read',
  'catalog:read',
  'catalog:write',
  'models:read',
  'models:write',
  'tenant:read',
  'tenant:write',
  'users:read',
  'users:write',
  'keys:read',
  'keys:write',
  'usage:read',
  'invoices:read',
  'plans:read',
  'audit:read',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What the operator of the installation may do beside all of these, for every tenant. */
export const OPERATOR_SCOPES = [
  'tenants:read',
  'tenants:write',
  'plans:write',
  'invoices:write',
  'quota:lease',
] as const;
export type OperatorScope = (typeof OPERATOR_SCOPES)[number];

export const ROLES = ['owner', 'editor', 'analyst', 'operator', 'billing'] as const;
/** What a person is in a tenant. */
export type Role = (typeof ROLES)[number];

const READ: readonly Scope[] = [
  'catalog:read',
  'models:read',
  'tenant:read',
  'reports:read',
  'usage:read',
  'plans:read',
];

export const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  owner: SCOPES,
  editor: [
    ...READ,
    'catalog:write',
    'models:write',
    'tenant:write',
    'offers:read',
    'recommendations:read',
    'explanations:read',
  ],
  analyst: [...READ, 'offers:read', 'recommendations:read', 'explanations:read'],
  operator: [...READ, 'keys:read', 'keys:write', 'users:read', 'audit:read'],
  billing: ['tenant:read', 'usage:read', 'invoices:read', 'plans:read'],
};

/** What a key may have: a write key stands in browsers and only writes events. */
export const SCOPES_OF_KEY_KIND: Readonly<Record<'wk' | 'sk', readonly Scope[]>> = {
  wk: ['events:write'],
  sk: [
    'events:write',
    'offers:read',
    'recommendations:read',
    'explanations:read',
    'outcomes:write',
    'reports:read',
    'catalog:read',
    'catalog:write',
    'models:read',
    'usage:read',
  ],
};
