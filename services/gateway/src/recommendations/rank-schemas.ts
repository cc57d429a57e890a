import { catalogItemSchema } from '@offerstream/contracts';
import { z } from 'zod';
import { forWhom, isForSomebody, NOBODY, rankedBy, SOMEBODY } from './recommendation-schemas.js';

const MAX_ITEMS = 200;
const item = catalogItemSchema.shape.id;

export const rankBody = z
  .strictObject({
    ...forWhom,
    items: z.array(item).min(1).max(MAX_ITEMS).meta({ description: 'What to put in order.' }),
  })
  .refine(isForSomebody, { message: NOBODY })
  .meta(SOMEBODY);
export type RankBody = z.output<typeof rankBody>;

export const rankResponse = z.object({
  model: rankedBy.nullable().meta({ description: 'The model that scored; null where none has.' }),
  items: z
    .array(
      z.object({
        item,
        rank: z.int().min(1),
        score: z.number().nullable().meta({ description: 'The model’s; null for an item that it has not scored.' }),
      }),
    )
    .meta({ description: 'The scored ones by score, then the others by popularity. Each item once.' }),
  unavailable: z.array(item).meta({ description: 'Those of the list that are unavailable or not in the catalog.' }),
});
export type RankResponse = z.output<typeof rankResponse>;
