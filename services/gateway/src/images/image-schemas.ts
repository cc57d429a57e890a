import { z } from 'zod';
import { bytesOfBase64 } from './bytes-of-base64.js';

/** Content types of photos that are sent as they are. What a photo is is told by its content. */
export const PHOTO_TYPES = ['image/jpeg', 'image/png', 'image/webp'] as const;

const MAX_PHOTOS = 32;
const MAX_TOP = 100;
const MAX_PRIORS = 10_000;

const photo = z
  .string()
  .min(1)
  .transform((text, context) => {
    const bytes = bytesOfBase64(text);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: 'custom', message: 'is no base64: send the bytes of a photo so, without a prefix' });
    return z.NEVER;
  })
  .meta({ description: 'A JPEG, PNG or WebP as base64.', contentEncoding: 'base64', contentMediaType: 'image/*' });

const asItIs = z.string().meta({ format: 'binary', description: 'The photo as it is; options stand in the query.' });
const photoBodies = Object.fromEntries(PHOTO_TYPES.map((type) => [type, asItIs]));

const model = z.string().min(1).max(100).optional();
const classifier = model.meta({
  description: "An image classifier; left out: the one that was trained on the tenant's own photos.",
});
const encoder = model.meta({
  description:
    "Any image model; left out: the one that was trained on the tenant's own photos, else the pretrained one of the installation.",
});
const modelVersion = z.object({ name: z.string(), version: z.string() });
const usage = z.object({ images: z.int().meta({ description: 'Photos that were looked at, and are paid for.' }) });

export const classifyQuery = z.strictObject({
  model: classifier,
  top: z.coerce.number().int().min(1).max(MAX_TOP).default(5).meta({ description: 'Most classes.' }),
});
export type ClassifyQuery = z.output<typeof classifyQuery>;

export const classifyBody = z.strictObject({
  image: photo,
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
});
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

export const embedBody = z.strictObject({ images: z.array(photo).min(1).max(MAX_PHOTOS), model: encoder });
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
