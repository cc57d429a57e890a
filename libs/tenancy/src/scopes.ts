import type { KeyKind } from './api-key.js';

/** What a caller may do in a tenant, as `noun:verb`. Every operation of every API names the one that it needs. */
export const SCOPES = [
  'events:write',
  'offers:read',
  'recommendations:read',
  'explanations:read',
  'language:use',
  'search:read',
  'images:use',
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

/** What goes beyond one tenant. */
export const OPERATOR_SCOPES = [
  'tenants:read',
  'tenants:write',
  'plans:write',
  'invoices:write',
  'quota:lease',
  'models:extend',
] as const;
export type OperatorScope = (typeof OPERATOR_SCOPES)[number];

/** What the operator of the installation may do: everything, in every tenant. */
export const ALL_SCOPES: ReadonlySet<Scope | OperatorScope> = new Set([...SCOPES, ...OPERATOR_SCOPES]);

/** What the data plane may do in the back office. */
export const SERVICE_SCOPES: ReadonlySet<OperatorScope> = new Set(['quota:lease', 'models:extend']);

export const ROLES = ['owner', 'editor', 'analyst', 'operator', 'billing'] as const;
/** What a person is in a tenant. */
export type Role = (typeof ROLES)[number];

const SEES: readonly Scope[] = [
  'tenant:read',
  'catalog:read',
  'models:read',
  'reports:read',
  'usage:read',
  'plans:read',
];
const TRIES: readonly Scope[] = [
  'offers:read',
  'recommendations:read',
  'explanations:read',
  'language:use',
  'search:read',
  'images:use',
];

export const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  owner: SCOPES,
  editor: [...SEES, ...TRIES, 'catalog:write', 'models:write', 'tenant:write'],
  analyst: [...SEES, ...TRIES],
  // Nobody gives a key what he may not do himself, so who makes the shop's keys may do what the shop does.
  operator: [
    ...SEES,
    ...TRIES,
    'events:write',
    'outcomes:write',
    'keys:read',
    'keys:write',
    'users:read',
    'audit:read',
  ],
  billing: ['tenant:read', 'usage:read', 'invoices:read', 'plans:read'],
};

/** What a key may have at most, and has unless told otherwise. */
export const SCOPES_OF_KEY_KIND: Readonly<Record<KeyKind, readonly Scope[]>> = {
  wk: ['events:write'],
  sk: [
    ...TRIES,
    'events:write',
    'outcomes:write',
    'reports:read',
    'catalog:read',
    'catalog:write',
    'models:read',
    'usage:read',
  ],
};
