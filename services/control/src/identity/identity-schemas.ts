import { shortText } from '@offerstream/contracts';
import type { StoredUser } from '@offerstream/database';
import { nextPage, pageQuery } from '@offerstream/http-api';
import { ROLES } from '@offerstream/tenancy';
import { z } from 'zod';
import { tenantParams, tenantResponse } from '../tenants/tenant-schemas.js';

// What zod takes, with the longest local part that mail servers take (RFC 5321, 4.5.3.1.1).
const EMAIL = new RegExp(`^(?=[^@]{1,64}@)${z.regexes.email.source.slice(1)}`);
const email = z
  .email({ pattern: EMAIL, error: 'must be an e-mail address' })
  .max(254)
  .transform((text) => text.toLowerCase())
  .meta({ description: 'Upper and lower case are the same.' });
const password = z.string().min(12).max(256).meta({ description: 'At least 12 characters.', format: 'password' });
const role = z.enum(ROLES);
const userId = z.string().regex(/^usr_[0-9a-f]{32}$/, 'must be the id of a user');

export const signUpBody = z.strictObject({
  tenant: tenantParams.shape.tenant.meta({ description: 'The id of the tenant that is to be.' }),
  email,
  password,
  name: shortText.optional(),
});
export type SignUpBody = z.output<typeof signUpBody>;

export const signInBody = z.strictObject({ tenant: tenantParams.shape.tenant, email, password: z.string().max(256) });
export type SignInBody = z.output<typeof signInBody>;

export const passwordBody = z.strictObject({ current: z.string().max(256), password });
export type PasswordBody = z.output<typeof passwordBody>;

export const userBody = z.strictObject({ email, password, role, name: shortText.optional() });
export type UserBody = z.output<typeof userBody>;

export const roleBody = z.strictObject({ role });
export type RoleBody = z.output<typeof roleBody>;

export const userParams = tenantParams.extend({ user: userId });
export type UserParams = z.output<typeof userParams>;

export const userPageQuery = pageQuery(userId);
export type UserPageQuery = z.output<typeof userPageQuery>;

export const userResponse = z.object({
  id: userId,
  email: z.string(),
  name: z.string().optional(),
  role,
  created: z.iso.datetime(),
  version: z.int().meta({ description: 'Rises with every change.' }),
});

export const userPageResponse = z.object({ users: z.array(userResponse), next: nextPage });

const session = z.object({
  token: z.string().meta({ description: 'Send it as `Authorization: Bearer`. It is shown only now.' }),
  expiresAt: z.iso.datetime(),
});

export const sessionResponse = z.object({ ...session.shape, user: userResponse });

export const signUpResponse = z.object({
  tenant: tenantResponse,
  user: userResponse,
  session: session.optional().meta({ description: 'Left out when the request is a repeat: sign in then.' }),
});

/** A user as he is shown. */
export const shownUser = ({ id, email: address, name: called, role: is, created, version }: StoredUser) => ({
  id,
  email: address,
  ...(called === undefined ? {} : { name: called }),
  role: is,
  created: created.toISOString(),
  version,
});

export const USER_EXAMPLE = {
  id: 'usr_0f8fad5bd9cb469fa16570867728950e',
  email: 'ann@example.com',
  role: 'editor',
  created: '2026-03-01T09:00:00.000Z',
  version: 1,
} as const;
