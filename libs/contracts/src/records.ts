import { z } from 'zod';
import { copyTemplatesSchema } from './copy-template.js';
import {
  MAX_ITEM_ID_BYTES,
  MAX_SUBJECT_BYTES,
  MODEL_NAME_PATTERN,
  isItemId,
  isSubjectId,
  isTenantId,
  type PlacementId,
} from './ids.js';

const tenantId = z.string().refine(isTenantId, 'must match [a-z0-9-]{1,32}').meta({ pattern: '^[a-z0-9-]{1,32}$' });
// A text of so many bytes has at most so many characters, which is all that JSON Schema can count.
const itemId = z.string().min(1).refine(isItemId, 'must have 1 to 200 bytes').meta({ maxLength: MAX_ITEM_ID_BYTES });
const subjectId = z
  .string()
  .min(1)
  .refine(isSubjectId, 'must have 1 to 200 bytes')
  .meta({ maxLength: MAX_SUBJECT_BYTES });
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
  /** What copy about the items that are offered there is made of. */
  copyTemplates: copyTemplatesSchema.optional(),
});

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A meter's name, for example `recommendations`. A service may count what this version has no name for. */
export const meterSchema = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must match [a-z][a-z0-9-]{0,31}');

/** A key as the data plane checks it: never the key itself. */
export const apiKeySchema = z.looseObject({
  /** For people and the audit log: the first 16 hex digits of the hash. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  hash: sha256,
  /** `wk`: a write key, public, writes events and nothing else. `sk`: a secret key. */
  kind: z.enum(['wk', 'sk']),
  /** What it may do, as `noun:verb`. */
  scopes: z.array(z.string()),
  /** Not good any more from then on. */
  expiresAt: timestamp.nullable(),
});

/** What a tenant may use, as the data plane enforces it. */
export const allowanceSchema = z.looseObject({
  /** The plan's id, for messages. */
  plan: z.string(),
  /** Most units of a meter in a calendar month (UTC); without an entry there is no limit. */
  limits: z.record(meterSchema, z.int().min(0)),
  /** Whether a request is served and counted, or refused, while nobody can say how much is left. */
  whileUnknown: z.enum(['serve', 'refuse']),
  /** Most requests of one key in a second, on one gateway. */
  requestsPerSecond: z.int().min(1),
});

/** Of a tenant whose record says nothing of it. */
export const UNLIMITED: z.output<typeof allowanceSchema> = {
  plan: 'unlimited',
  limits: {},
  whileUnknown: 'serve',
  requestsPerSecond: 1_000_000,
};

/** Value of `tenants`, key = tenant id. */
export const tenantSchema = z.looseObject({
  id: tenantId,
  keys: z.array(apiKeySchema).default([]),
  /** SHA-256 (hex) of write keys, in records of version 0.1 instead of `keys`. */
  writeKeyHashes: z.array(sha256).optional(),
  placements: z.array(placementSchema),
  /** `required`: an event without `context.consent` changes nothing. */
  consent: z.enum(['assumed', 'required']),
  allowance: allowanceSchema.default(UNLIMITED),
});

const pictureUrl = z
  .string()
  .max(2_000)
  .regex(
    /^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?][!-~]*)?$/,
    'must be an address that begins with https://, names a host, and has no characters that have to be encoded',
  )
  .meta({ description: 'Where its picture is fetched, from a host that the tenant has allowed.' });

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
  pictureUrl: pictureUrl.optional(),
});

/** A vector of unit length, and which model made it: only vectors of the same version of one can be compared. */
const modelVectorSchema = z.looseObject({
  model: modelName,
  version: z.string().min(1),
  /** Base64 of float32, little-endian. */
  vector: z.base64().min(1),
  /** SHA-256 (hex) of what it was made of: of a picture its header's. */
  source: sha256.optional(),
});

/** Value of `item-vectors`, key = tenant:item. What an item lacks, or no model could make, is left out. */
export const itemVectorsSchema = z.looseObject({
  id: itemId,
  /** Of its words. */
  text: modelVectorSchema.optional(),
  /** Of its picture. */
  image: modelVectorSchema.optional(),
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

export const OUTCOME_TYPES = ['impression', 'click', 'cart', 'purchase'] as const;
/** What a shopper did with an offer, or a purchase, which may be owed to one. */
export type OutcomeType = (typeof OUTCOME_TYPES)[number];

const micros = z.int().min(0);

/**
 * The most that one line of an order brings, quantity times price: a billion of the currency, of which some buy little with a thousand.
 * More is a mistake or a lie.
 */
export const MAX_LINE_MICROS = 1e15;

/** Value of `outcomes`, key = tenant:subject. Repeats have the same id. */
export const outcomeSchema = z.looseObject({
  /** The messageId of the event that said so, or the id that the sender gave. */
  id: z.string().min(1).max(200),
  tenant: tenantId,
  subject: subjectId,
  type: z.enum(OUTCOME_TYPES),
  /** Of the offer that it answers; null where the event names none, which only a purchase may. */
  offerId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .nullable(),
  /** Empty for an impression of the whole offer. */
  items: z.array(
    z.looseObject({
      item: itemId,
      quantity: z.int().min(1).default(1),
      /** What one costs, in millionths of the currency; null where the event does not say. */
      priceMicros: micros.nullable().default(null),
    }),
  ),
  /** One order is counted once. */
  orderId: z.string().min(1).max(200).nullable(),
  /** ISO 4217, upper case. */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullable(),
  /** The sender says that no person did this. */
  bot: z.boolean(),
  occurredAt: timestamp,
});

/** A source's counts of one tenant in one hour so far. Repeats and reordering change nothing: the greatest count holds. */
export const usageSchema = z.looseObject({
  tenant: tenantId,
  /** What counts, for example `gateway`. */
  source: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  /** One run of one process: its counts begin at 0. */
  epoch: z.string().regex(/^[0-9a-z-]{1,64}$/),
  /** Start of the hour. */
  window: timestamp,
  counts: z.record(meterSchema, z.int().min(0)),
});

/** Value of `trends`, key = tenant:source: what a source has seen shoppers act on lately. */
export const trendSchema = z.looseObject({
  tenant: tenantId,
  /** One run of one process. */
  source: z.string().regex(/^[0-9a-z-]{1,64}$/),
  /** The moment for which the weights hold; they halve every `halfLifeSeconds`. */
  at: timestamp,
  halfLifeSeconds: z.int().min(1),
  items: z.array(z.looseObject({ item: itemId, weight: z.number().positive() })).max(200),
});

/** Value of `searches`, key = tenant:source: what a source has seen several different shoppers search for. */
export const searchesSchema = z.looseObject({
  tenant: tenantId,
  /** One run of one process. */
  source: z.string().regex(/^[0-9a-z-]{1,64}$/),
  /** The moment for which the counts hold; they halve every `halfLifeSeconds`. */
  at: timestamp,
  halfLifeSeconds: z.int().min(1),
  queries: z.array(z.looseObject({ query: z.string().min(1).max(64), count: z.number().positive() })).max(500),
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

export type ApiKey = z.output<typeof apiKeySchema>;
export type Allowance = z.output<typeof allowanceSchema>;
export type Outcome = z.output<typeof outcomeSchema>;
export type Usage = z.output<typeof usageSchema>;
export type Trend = z.output<typeof trendSchema>;
export type Searches = z.output<typeof searchesSchema>;
export type Placement = z.output<typeof placementSchema>;
export type Tenant = z.output<typeof tenantSchema>;
export type CatalogItem = z.output<typeof catalogItemSchema>;
export type ItemVectors = z.output<typeof itemVectorsSchema>;
export type PromotedModel = z.output<typeof promotedModelSchema>;
export type Offer = z.output<typeof offerSchema>;
