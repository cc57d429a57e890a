import { catalogItemSchema, offerSchema } from '@offerstream/contracts';
import { z } from 'zod';
import { MAX_LIMIT, rankedBy } from '../recommendations/recommendation-schemas.js';

const item = catalogItemSchema.shape.id;
const category = catalogItemSchema.shape.categories.unwrap().element;

const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(10).meta({ description: 'Most items.' });

export const itemParams = z.object({ item });
export type ItemParams = z.output<typeof itemParams>;

export const subjectParams = z.object({ subject: offerSchema.shape.subject });
export type SubjectParams = z.output<typeof subjectParams>;

export const listQuery = z.strictObject({ limit });
export type ListQuery = z.output<typeof listQuery>;

export const trendingQuery = z.strictObject({
  limit,
  category: z
    .union([category.transform((name) => [name]), z.array(category).max(10)])
    .optional()
    .meta({
      description: 'Path from the general to the special, one parameter a step: `category=Shoes&category=Running`.',
    }),
});
export type TrendingQuery = z.output<typeof trendingQuery>;

/** Who chose an item of a list. */
export const CHOSEN_BY = ['model', 'trends', 'popular'] as const;

export const itemList = z.object({
  model: rankedBy.nullable().meta({ description: 'The model that ranked; null where none has.' }),
  items: z.array(
    z.object({
      item,
      rank: z.int().min(1),
      score: z.number(),
      chosenBy: z.enum(CHOSEN_BY),
    }),
  ),
});
export type ItemList = z.output<typeof itemList>;

export const pastItems = z.object({
  items: z.array(z.object({ item, at: z.iso.datetime().meta({ description: 'When it was last done.' }) })),
});
export type PastItems = z.output<typeof pastItems>;
