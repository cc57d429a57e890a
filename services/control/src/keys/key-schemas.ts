import { apiKeySchema, shortText } from '@offerstream/contracts';
import type { StoredKey } from '@offerstream/database';
import { nextPage, pageQuery } from '@offerstream/http-api';
import { KEY_KINDS, KEY_MODES, OWN_WRITE_KEY, SCOPES, SCOPES_OF_KEY_KIND } from '@offerstream/tenancy';
import { z } from 'zod';
import { tenantParams } from '../tenants/tenant-schemas.js';

const keyId = apiKeySchema.shape.id.meta({ description: 'The first 16 hex digits of the key’s SHA-256.' });
const purpose = shortText.meta({
  description: 'Where it is used, in your words. At most two keys of a kind are live for a purpose.',
});
const scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);
const kind = z.enum(KEY_KINDS).meta({ description: '`sk`: secret, for servers. `wk`: public, writes events only.' });
const expiresAt = z.iso.datetime({ offset: true });

export const keyBody = z
  .strictObject({
    purpose,
    kind,
    mode: z.enum(KEY_MODES).default('live'),
    scopes: scopes.optional().meta({ description: 'Left out: all that a key of the kind, and you, may.' }),
    expiresAt: expiresAt.optional().meta({ description: 'Left out: never.' }),
    key: z
      .string()
      .regex(
        OWN_WRITE_KEY,
        'must be 8 to 200 printable ASCII characters without space and colon, and not begin with ofs_',
      )
      .optional()
      .meta({ description: 'A write key of your own; left out, one is made.' }),
  })
  .refine((body) => body.key === undefined || body.kind === 'wk', {
    path: ['key'],
    message: 'a secret key is made here, so that it can not be guessed',
  })
  .refine((body) => body.scopes?.every((scope) => SCOPES_OF_KEY_KIND[body.kind].includes(scope)) ?? true, {
    path: ['scopes'],
    message: 'has a scope that a key of this kind can not have',
  })
  // The same, in words of JSON Schema.
  .meta({
    allOf: [
      {
        anyOf: [
          { properties: { kind: { const: 'wk' }, scopes: { items: { enum: SCOPES_OF_KEY_KIND.wk } } } },
          {
            properties: { kind: { const: 'sk' }, scopes: { items: { enum: SCOPES_OF_KEY_KIND.sk } } },
            not: { required: ['key'] },
          },
        ],
      },
    ],
  });
export type KeyBody = z.output<typeof keyBody>;

const MAX_OVERLAP_SECONDS = 30 * 86_400;

export const rotationBody = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(MAX_OVERLAP_SECONDS)
    .default(86_400)
    .meta({ description: 'How long the old key is good beside the new one; 0 ends it at once.' }),
  expiresAt: expiresAt.optional().meta({ description: 'Of the new key. Left out: never.' }),
});
export type RotationBody = z.output<typeof rotationBody>;

export const keyParams = tenantParams.extend({ key: keyId });
export type KeyParams = z.output<typeof keyParams>;

export const keyPageQuery = pageQuery(keyId);
export type KeyPageQuery = z.output<typeof keyPageQuery>;

export const keyResponse = z.object({
  id: keyId,
  purpose: z.string(),
  kind,
  mode: z.enum(KEY_MODES),
  scopes: z.array(z.string()),
  created: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().meta({ description: 'To the minute.' }),
});

export const madeKeyResponse = keyResponse.extend({
  key: z.string().optional().meta({
    description:
      'Shown only now. Left out for a key of your own, and when the request is a repeat: revoke it and make another then.',
  }),
});

export const keyPageResponse = z.object({ keys: z.array(keyResponse), next: nextPage });

const MAX_USES = 1_000;

export const keyUsesBody = z.strictObject({
  uses: z
    .array(z.strictObject({ tenant: tenantParams.shape.tenant, key: keyId, usedAt: expiresAt }))
    .max(MAX_USES)
    .meta({ description: 'The latest use of each key since the report before.' }),
});
export type KeyUsesBody = z.output<typeof keyUsesBody>;

/** A key as it is shown: all but its hash. */
export const shownKey = (key: StoredKey) => ({
  id: key.id,
  purpose: key.purpose,
  kind: key.kind,
  mode: key.mode,
  scopes: [...key.scopes],
  created: key.created.toISOString(),
  expiresAt: key.expires?.toISOString() ?? null,
  lastUsedAt: key.lastUsed?.toISOString() ?? null,
});

export const KEY_EXAMPLE = {
  id: '8c365d0d5950e8e1',
  purpose: 'website',
  kind: 'sk',
  mode: 'live',
  scopes: ['offers:read', 'recommendations:read'],
  created: '2026-03-01T09:00:00.000Z',
  expiresAt: null,
  lastUsedAt: null,
} as const;
