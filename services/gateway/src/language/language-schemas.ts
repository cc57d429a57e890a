import { catalogItemSchema, copyTemplatesSchema, placementSchema } from '@offerstream/contracts';
import { z } from 'zod';
import { modelVersion } from '../models/model-version.js';
import { MAX_SCORED_TOKENS, MAX_WORDS } from './language-refusal.js';

const MAX_CHARACTERS = 16_384;
const MAX_COPY_WORDS = 60;
export const DEFAULT_COPY_WORDS = 20;

const model = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .meta({ description: "One of `GET /v1/models`; left out: the tenant's own language model." });

export const usage = z.object({ total_tokens: z.int() });

export const scoreBody = z.strictObject({
  model,
  text: z
    .string()
    .min(1)
    .max(MAX_CHARACTERS)
    .meta({
      description: `Each line is a sentence of at most ${MAX_WORDS} words; ${MAX_SCORED_TOKENS} words and line ends in all.`,
    }),
});
export type ScoreBody = z.output<typeof scoreBody>;

export const scoreResponse = z.object({
  model: modelVersion,
  logProbability: z.number().meta({ description: 'Natural logarithm, of the whole text.' }),
  perplexity: z.number().meta({ description: 'exp(-logProbability / number of tokens).' }),
  tokens: z.array(
    z.object({
      token: z.string().meta({ description: 'A word as it was read, or `</s>`, the end of a line.' }),
      logProbability: z.number(),
      known: z.boolean().meta({ description: 'Whether the model knows the word.' }),
    }),
  ),
  usage,
});
export type ScoreResponse = z.output<typeof scoreResponse>;

export const copyBody = z
  .strictObject({
    model,
    item: catalogItemSchema.shape.id,
    templates: copyTemplatesSchema.optional(),
    placement: placementSchema.shape.id.optional().meta({
      description: 'Where it will be shown: its templates are filled, instead of templates in the request.',
    }),
    length: z.int().min(1).max(MAX_COPY_WORDS).default(DEFAULT_COPY_WORDS).meta({ description: 'Words at most.' }),
    seed: z.int().optional().meta({ description: 'Same seed, same request, same version, same item: same text.' }),
  })
  .refine(({ templates, placement }) => templates === undefined || placement === undefined, {
    message: 'give templates or a placement, not both',
  })
  .meta({ allOf: [{ not: { required: ['templates', 'placement'] } }] });
export type CopyBody = z.output<typeof copyBody>;

export const copyResponse = z.object({
  model: modelVersion,
  item: catalogItemSchema.shape.id,
  text: z.string(),
  template: z.string().meta({ description: 'The one that was filled.' }),
  seed: z.int().meta({ description: 'Gives the same text again.' }),
  usage,
});
export type CopyResponse = z.output<typeof copyResponse>;
