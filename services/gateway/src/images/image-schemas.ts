import { catalogItemSchema } from '@offerstream/contracts';
import { z } from 'zod';
import { modelVersion } from '../models/model-version.js';
import { MAX_LIMIT } from '../recommendations/recommendation-schemas.js';
import { bytesOfBase64 } from './bytes-of-base64.js';

/** Content types of photos that are sent as they are. What a photo is is told by its content. */
export const PHOTO_TYPES = ['image/jpeg', 'image/png', 'image/webp'] as const;

const MAX_PHOTOS = 32;
const MAX_TOP = 100;
const MAX_PRIORS = 10_000;

export const photo = z
  .string()
  .min(1)
  .transform((text, context) => {
    const bytes = bytesOfBase64(text);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: 'custom', message: 'is no base64: send the bytes of a photo so, without a prefix' });
    return z.NEVER;
  })
  .meta({ description: 'A JPEG, PNG or WebP as base64.', contentEncoding: 'base64', contentMediaType: 'image/*' });

/** How one begins. */
export const PHOTO_EXAMPLE = '/9j/4AAQSkZJRgABAQAAAQABAAD/…';

const asItIs = z.string().meta({ format: 'binary', description: 'The photo as it is; options stand in the query.' });
const photoBodies = Object.fromEntries(PHOTO_TYPES.map((type) => [type, asItIs]));

const itemId = catalogItemSchema.shape.id;
const ONE_OF_BOTH = { path: ['image'], message: 'give either image or item' };

const model = z.string().min(1).max(100).optional();
const classifier = model.meta({
  description: "An image classifier; left out: the one that was trained on the tenant's own photos.",
});
const encoder = model.meta({
  description:
    "Any image model; left out: the one that was trained on the tenant's own photos, else the pretrained one of the installation.",
});
const usage = z.object({ images: z.int().meta({ description: 'Photos that were looked at, and are paid for.' }) });

export const classifyQuery = z.strictObject({
  model: classifier,
  top: z.coerce.number().int().min(1).max(MAX_TOP).default(5).meta({ description: 'Most classes.' }),
});
export type ClassifyQuery = z.output<typeof classifyQuery>;

export const classifyBody = z
  .strictObject({
    image: photo.optional(),
    item: itemId.optional().meta({ description: 'In place of a photo: an item, by its picture.' }),
    model: classifier,
    top: z.int().min(1).max(MAX_TOP).optional().meta({ description: 'Most classes; 5 if left out.' }),
    priors: z
      .record(z.string(), z.number().min(0).max(1))
      .refine((shares) => Object.keys(shares).length <= MAX_PRIORS, `names more than ${MAX_PRIORS} classes`)
      .optional()
      .meta({
        description:
          'How often classes come where the photo was taken, in place of how often they came in training: shares of 1. Classes that are not named have what is left, in the proportions of training.',
      }),
  })
  .refine(({ image, item }) => (image === undefined) !== (item === undefined), ONE_OF_BOTH);
export type ClassifyBody = z.output<typeof classifyBody>;
export const classifyBodies = { 'application/json': classifyBody, ...photoBodies };

export const classifyResponse = z.object({
  model: modelVersion,
  classes: z
    .array(z.object({ class: z.string(), rank: z.int().min(1), probability: z.number().min(0).max(1) }))
    .meta({ description: 'The likeliest first; over all classes of the model the probabilities sum to 1.' }),
  usage,
});
export type ClassifyResponse = z.output<typeof classifyResponse>;

export const embedQuery = z.strictObject({ model: encoder });
export type EmbedQuery = z.output<typeof embedQuery>;

export const embedBody = z
  .strictObject({
    images: z.array(photo).min(1).max(MAX_PHOTOS).optional(),
    items: z.array(itemId).min(1).max(MAX_PHOTOS).optional().meta({
      description: 'In place of photos: items, by their pictures.',
    }),
    model: encoder,
  })
  .refine(({ images, items }) => (images === undefined) !== (items === undefined), {
    path: ['images'],
    message: 'give either images or items',
  });
export type EmbedBody = z.output<typeof embedBody>;
export const embedBodies = { 'application/json': embedBody, ...photoBodies };

export const embedResponse = z.object({
  model: modelVersion,
  data: z.array(
    z.object({
      index: z.int().min(0).meta({ description: 'Of the photo in the request.' }),
      embedding: z.array(z.number()).meta({ description: 'Of unit length.' }),
    }),
  ),
  usage,
});
export type EmbedResponse = z.output<typeof embedResponse>;

const category = catalogItemSchema.shape.categories.unwrap().element;
const CATEGORY = 'Path from the general to the special.';

export const similarQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(10).meta({ description: 'Most items.' }),
  category: z
    .union([category.transform((name) => [name]), z.array(category).max(10)])
    .optional()
    .meta({ description: CATEGORY }),
});
export type SimilarQuery = z.output<typeof similarQuery>;

export const similarBody = z
  .strictObject({
    image: photo.optional(),
    item: itemId.optional().meta({ description: 'In place of a photo: an item, by its picture.' }),
    limit: z.int().min(1).max(MAX_LIMIT).optional().meta({ description: 'Most items; 10 if left out.' }),
    category: z.array(category).max(10).optional().meta({ description: CATEGORY }),
  })
  .refine(({ image, item }) => (image === undefined) !== (item === undefined), ONE_OF_BOTH);
export type SimilarBody = z.output<typeof similarBody>;
export const similarBodies = { 'application/json': similarBody, ...photoBodies };

export const similarResponse = z.object({
  model: modelVersion.nullable().meta({ description: 'The one that looked at the photo; null for an item.' }),
  items: z.array(
    z.object({
      item: itemId,
      rank: z.int().min(1),
      score: z.number().meta({ description: 'The cosine: 1 for the same picture.' }),
    }),
  ),
  usage,
});
export type SimilarResponse = z.output<typeof similarResponse>;
