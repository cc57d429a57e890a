import {
  ACTION_NAMES,
  catalogItemSchema,
  EXPLANATION_SOURCES,
  offerSchema,
  promotedModelSchema,
} from '@offerstream/contracts';
import { z } from 'zod';
import { askedHistory } from './asked-history.js';

export const MAX_LIMIT = 50;
const MAX_CONTEXT = 50;
const MAX_EXCLUDED = 500;
const MAX_PATHS = 20;

const item = catalogItemSchema.shape.id;
const { subject, placement } = offerSchema.shape;
const { categories, price } = catalogItemSchema.shape;

/** Whom a ranking is for: a shopper by what is stored of them, or whoever did what the request says. */
export const forWhom = {
  subject: subject.optional().meta({ description: 'The shopper: by the stored history, unless the request has one.' }),
  history: askedHistory.optional().meta({
    description: 'What to rank by instead of what is stored, newest last. It is kept nowhere.',
  }),
  context: z
    .array(item)
    .max(MAX_CONTEXT)
    .default([])
    .meta({ description: 'Items that the page or cart shows: they count as viewed just now.' }),
  placement: placement
    .optional()
    .meta({ description: 'Where it will be shown: its model ranks, its slots are filled.' }),
  model: promotedModelSchema.shape.name.optional().meta({ description: 'The model that ranks, instead.' }),
};

export type ForWhom = z.output<z.ZodObject<typeof forWhom>>;

/** For a strict object with {@link forWhom}. */
export const NOBODY = 'give a subject, a history or both';
export const isForSomebody = (asked: { readonly subject?: unknown; readonly history?: unknown }): boolean =>
  asked.subject !== undefined || asked.history !== undefined;
/** The same, in words of JSON Schema. (`anyOf` beside `properties` alone would be taken for a union by openapi-typescript.) */
export const SOMEBODY = { allOf: [{ anyOf: [{ required: ['subject'] }, { required: ['history'] }] }] };

const limit = z.int().min(1).max(MAX_LIMIT);

export const recommendationsBody = z
  .strictObject({
    ...forWhom,
    limit: limit.optional().meta({ description: 'Most items; left out, the slots of the placement, or 10.' }),
    exclude: z
      .array(item)
      .max(MAX_EXCLUDED)
      .default([])
      .meta({ description: 'Items that must not be in the answer; those of the context are not anyway.' }),
    filters: z
      .strictObject({
        price: z
          .strictObject({ min: price.unwrap().optional(), max: price.unwrap().optional() })
          .optional()
          .meta({ description: 'Lowest and highest price, both included. An item without a price is outside.' }),
        categories: z
          .array(categories.unwrap().min(1))
          .min(1)
          .max(MAX_PATHS)
          .optional()
          .meta({ description: 'Paths from the general to the special, each with all below it.' }),
      })
      .default({}),
    diversity: z.number().min(0).max(1).default(0).meta({
      description: 'From 0, by score alone, to 1, items as unlike each other as can be.',
    }),
    explain: z.boolean().default(false).meta({
      description: 'Say for each item why it is there. Needs the scope `explanations:read`, and counts as one.',
    }),
  })
  .refine(isForSomebody, { message: NOBODY })
  .meta(SOMEBODY);
export type RecommendationsBody = z.output<typeof recommendationsBody>;

/** What is left of a model's name and version in an answer. */
export const rankedBy = z.object({ name: promotedModelSchema.shape.name, version: promotedModelSchema.shape.version });

const part = z.number().meta({ description: 'What it adds to the score.' });
export const itemExplanation = z.object({
  sentence: z.string().meta({ description: 'For people.' }),
  interactions: z
    .array(
      z.object({
        item: item.nullable().meta({ description: 'Null for an item that the catalog has no more.' }),
        action: z.enum(ACTION_NAMES),
        at: z.iso.datetime(),
        value: part,
      }),
    )
    .meta({ description: 'Those of the history that add something.' }),
  context: z.array(z.object({ item, value: part })),
  other: z.number().meta({
    description:
      'The rest of the score: the values and this sum to it within 0.0001. Of an item that no model ranked, all.',
  }),
  sources: z
    .array(z.object({ source: z.enum(EXPLANATION_SOURCES), value: part }))
    .optional()
    .meta({
      description:
        'The values of interactions and context once more, by what the likeness comes from: words, pictures, categories, prices, or what shoppers did. Of models of the family `content`.',
    }),
});
export type ItemExplanation = z.output<typeof itemExplanation>;

export const recommendationsResponse = z.object({
  id: offerSchema.shape.id.nullable().meta({
    description: 'The offer’s, for outcomes; null where the request names no subject to whom they could be owed.',
  }),
  subject: subject.nullable(),
  placement: placement.nullable(),
  model: rankedBy.nullable(),
  items: z.array(
    z.object({
      ...offerSchema.shape.items.element.shape,
      explanation: itemExplanation.nullable().optional().meta({
        description: 'Where `explain` was asked for; null where the model does not say why. Then it is not paid for.',
      }),
    }),
  ),
});
export type RecommendationsResponse = z.output<typeof recommendationsResponse>;
