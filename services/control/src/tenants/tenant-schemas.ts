import { placementSchema, tenantSchema } from '@offerstream/contracts';
import { z } from 'zod';

export const tenantParams = z.object({ tenant: tenantSchema.shape.id });
export type TenantParams = z.output<typeof tenantParams>;

/** A name in the model repository is a folder's. */
export const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/i, 'must be 1 to 100 of a-z, 0-9, dot, dash and underscore');

const YEAR_SECONDS = 31_536_000;

const placement = z.strictObject({
  id: placementSchema.shape.id,
  model: modelName,
  slots: placementSchema.shape.slots,
  validitySeconds: placementSchema.shape.validitySeconds.max(YEAR_SECONDS),
});

/** The whole of what a tenant is told: what is left out of `placements` is gone. */
export const tenantBody = z.strictObject({
  consent: tenantSchema.shape.consent,
  placements: z
    .array(placement)
    .max(50)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'names a placement twice'),
});
export type TenantBody = z.output<typeof tenantBody>;

export const tenantResponse = z.object({
  id: tenantSchema.shape.id,
  consent: tenantSchema.shape.consent,
  placements: z.array(z.object(placement.shape)),
  /** Rises with every change of the tenant, its write keys or its placements. */
  version: z.int(),
});

export const tenantListResponse = z.object({ tenants: z.array(tenantResponse) });

export const writeKeyBody = z.strictObject({
  /** For people: where the key is used. */
  name: z.string().regex(/^[^\p{C}]{1,100}$/u, 'must be 1 to 100 printable characters'),
  /** A key of one's own; left out, one is made. */
  key: z
    .string()
    .regex(/^[\x21-\x39\x3b-\x7e]{8,200}$/, 'must be 8 to 200 printable ASCII characters without space and colon')
    .optional(),
});
export type WriteKeyBody = z.output<typeof writeKeyBody>;

export const writeKeyResponse = z.object({
  /** The first 16 hex digits of the key's SHA-256. */
  id: z.string(),
  name: z.string(),
  created: z.iso.datetime(),
});

/** `key` is there once, when the key was made here. */
export const addedWriteKeyResponse = writeKeyResponse.extend({ key: z.string().optional() });

export const writeKeyListResponse = z.object({ writeKeys: z.array(writeKeyResponse) });

export const writeKeyParams = tenantParams.extend({
  id: z.string().regex(/^[0-9a-f]{16,64}$/, 'must be the id of a write key, 16 hex digits'),
});
export type WriteKeyParams = z.output<typeof writeKeyParams>;
