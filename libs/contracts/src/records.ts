import { z } from 'zod';
import { MODEL_NAME_PATTERN, isItemId, isSubjectId, isTenantId, type PlacementId } from './ids.js';

const tenantId = z.string().refine(isTenantId, 'must match [a-z0-9-]{1,32}').meta({ pattern: '^[a-z0-9-]{1,32}$' });
const itemId = z.string().min(1).refine(isItemId, 'must have 1 to 200 bytes');
const subjectId = z.string().min(1).refine(isSubjectId, 'must have 1 to 200 bytes');
const placementId = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/)
  .transform((id) => id as PlacementId);
const modelName = z.string().regex(MODEL_NAME_PATTERN, 'must be 1 to 100 of letters, digits, dot, dash and underscore');
const timestamp = z.iso.datetime({ offset: true });

/** Where offers are shown: which model ranks, how many slots there are, how long an offer is good. */
export const placementSchema = z.looseObject({
  id: placementId,
  /** Name in the model repository, for example `demo.behaviour`. */
  model: modelName,
  slots: z.int().min(1).max(50),
  validitySeconds: z.int().min(1),
});

/** Value of `tenants`, key = tenant id. */
export const tenantSchema = z.looseObject({
  id: tenantId,
  /** SHA-256 (hex) of each live write key. */
  writeKeyHashes: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  placements: z.array(placementSchema),
  /** `required`: an event without `context.consent` changes nothing. */
  consent: z.enum(['assumed', 'required']),
});

/** Value of `catalog`, key = tenant:item; a tombstone deletes the item. */
export const catalogItemSchema = z.looseObject({
  id: itemId,
  title: z.string().max(500).optional(),
  /** Path from the general to the special, for example `["Shoes", "Running"]`. */
  categories: z.array(z.string().max(200)).max(10).default([]),
  price: z.number().nonnegative().optional(),
  currency: z.string().length(3).optional(),
  /** An unavailable item is in no offer. */
  available: z.boolean().default(true),
});

/** Value of `models`, key = tenant:model name: the version that serves, and what is offered when no model can answer. */
export const promotedModelSchema = z.looseObject({
  tenant: tenantId,
  /** Folder in the model repository, for example `demo.behaviour`. */
  name: modelName,
  version: z.string().regex(/^[1-9][0-9]*$/),
  family: z.string().min(1),
  /** The tenant's most popular items, best first. */
  popular: z.array(itemId).max(100),
  promotedAt: timestamp,
});

export const STRATEGIES = ['personal', 'last', 'popular'] as const;
/** Who chose an item: the model for this shopper; the shopper's last ranking; the tenant's popular items. */
export type Strategy = (typeof STRATEGIES)[number];

/** Value of `offers`, key = tenant:subject. Keep the highest revision of a placement; drop repeats by id. */
export const offerSchema = z.looseObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  revision: z.int().positive(),
  tenant: tenantId,
  subject: subjectId,
  placement: placementId,
  items: z.array(
    z.looseObject({
      item: itemId,
      rank: z.int().min(1),
      score: z.number(),
      strategy: z.enum(STRATEGIES),
    }),
  ),
  /** The model that the placement ranks with; null where the tenant has none promoted. */
  model: z.looseObject({ name: z.string(), version: z.string() }).nullable(),
  /** The event that this offer follows. */
  cause: z.looseObject({ messageId: z.string(), eventTime: timestamp }),
  validUntil: timestamp,
});

/** Value of `user-vectors`, key = tenant:model:subject. Keep the highest revision of a subject and model. */
export const userVectorSchema = z.looseObject({
  tenant: tenantId,
  subject: subjectId,
  model: z.looseObject({ name: modelName, version: z.string() }),
  /** Rises with every vector of a shopper and model. Vectors of two models may have the same. */
  revision: z.int().positive(),
  /** Base64 of float32, little-endian. */
  vector: z.base64(),
  updatedAt: timestamp,
});

export type Placement = z.output<typeof placementSchema>;
export type Tenant = z.output<typeof tenantSchema>;
export type CatalogItem = z.output<typeof catalogItemSchema>;
export type PromotedModel = z.output<typeof promotedModelSchema>;
export type Offer = z.output<typeof offerSchema>;
