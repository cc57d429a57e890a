import { catalogItemSchema, offerSchema } from '@offerstream/contracts';
import { z } from 'zod';
import { photo } from '../images/image-schemas.js';
import { MAX_LIMIT, rankedBy } from '../recommendations/recommendation-schemas.js';

/** Longer than any title that is worth typing. */
const MAX_QUERY = 200;

const category = catalogItemSchema.shape.categories.unwrap().element;
const subject = offerSchema.shape.subject.optional();
const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(10);

export const suggestQuery = z.strictObject({
  q: z.string().min(1).max(MAX_QUERY).meta({ description: 'What was typed so far.', example: 'red r' }),
  subject: subject.meta({ description: 'The shopper who types: what they have touched before comes first.' }),
  limit: limit.meta({ description: 'Most suggestions.' }),
});
export type SuggestQuery = z.output<typeof suggestQuery>;

export const suggestResponse = z.object({
  language: z
    .object({ name: z.string(), version: z.string() })
    .nullable()
    .meta({ description: 'The language model that ranked; null where there is none.' }),
  suggestions: z.array(z.object({ text: z.string(), rank: z.int().min(1) })),
});
export type SuggestResponse = z.output<typeof suggestResponse>;

export const searchQuery = z.strictObject({
  q: z.string().min(1).max(MAX_QUERY).meta({ description: 'What is searched for.', example: 'warm winter shoes' }),
  subject: subject.meta({ description: 'The shopper who searches: their taste decides among what fits about alike.' }),
  limit: limit.meta({ description: 'Most items.' }),
  category: z
    .union([category.transform((name) => [name]), z.array(category).max(10)])
    .optional()
    .meta({
      description: 'Path from the general to the special, one parameter a step: `category=Shoes&category=Running`.',
    }),
});
export type SearchQuery = z.output<typeof searchQuery>;

/** What is searched for. */
export interface Sought extends Omit<SearchQuery, 'q' | 'category'> {
  /** Empty where nothing was typed. */
  readonly q: string;
  readonly category?: readonly string[] | undefined;
}

export const searchBody = z
  .strictObject({
    q: searchQuery.shape.q.optional(),
    image: photo.optional(),
    subject,
    limit: z.int().min(1).max(MAX_LIMIT).default(10).meta({ description: 'Most items.' }),
    category: z.array(category).max(10).optional().meta({ description: 'Path from the general to the special.' }),
  })
  .refine(({ q, image }) => q !== undefined || image !== undefined, {
    path: ['q'],
    message: 'is missing, and so is image: give one of them, or both',
  });
export type SearchBody = z.output<typeof searchBody>;

export const searchResponse = z.object({
  encoder: z
    .object({ name: z.string(), version: z.string() })
    .nullable()
    .meta({ description: 'The encoder that found items by their meaning; null where only words were looked for.' }),
  imageModel: z
    .object({ name: z.string(), version: z.string() })
    .nullable()
    .meta({ description: 'The model that found items by their look; null where none did.' }),
  imageProblem: z
    .object({ code: z.string(), reason: z.string(), fix: z.string() })
    .nullable()
    .meta({ description: 'Why items were found by the words alone; null where the photo was used, or none was sent.' }),
  model: rankedBy.nullable().meta({ description: 'The model that knew the shopper’s taste; null where none did.' }),
  items: z.array(
    z.object({
      item: catalogItemSchema.shape.id,
      rank: z.int().min(1),
      score: z.number().meta({ description: 'Comparable within this answer only.' }),
    }),
  ),
});
export type SearchResponse = z.output<typeof searchResponse>;
