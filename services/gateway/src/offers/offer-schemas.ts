import { offerSchema, placementSchema, tenantSchema } from '@offerstream/contracts';
import { z } from 'zod';
import { usage } from '../language/language-schemas.js';
import { modelVersion } from '../models/model-version.js';

const { id, revision, subject, placement, model, cause, validUntil, items } = offerSchema.shape;

export const offerParams = z.object({ subject });
export type OfferParams = z.output<typeof offerParams>;

export const offerQuery = z.strictObject({
  placement: placementSchema.shape.id,
  copy: z
    .stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' })
    .default(false)
    .meta({
      type: 'boolean',
      default: false,
      description: 'Say a line about each item. Needs the scope `language:use`, and counts its tokens.',
    }),
});
export type OfferQuery = z.output<typeof offerQuery>;

/** What became of an offer's copy, where it was asked for. */
const copyOfOffer = z.object({
  model: modelVersion.nullable().meta({ description: 'The language model that wrote it; null where there is none.' }),
  usage,
  problem: z
    .object({ code: z.string(), reason: z.string(), fix: z.string() })
    .nullable()
    .meta({ description: 'Why items are without copy, where it is not that no template fits them.' }),
});

/** An offer as it is answered. One that was made for the request follows no event, so it has no cause and no revision. */
export const answeredOffer = z.object({
  id,
  revision: revision.nullable(),
  tenant: tenantSchema.shape.id,
  subject,
  placement,
  items: z.array(
    z.object({
      ...items.element.shape,
      copy: z
        .string()
        .nullable()
        .optional()
        .meta({ description: 'Where `copy` was asked for; null where no template fits, or `problem` says why.' }),
    }),
  ),
  model: z.object(model.unwrap().shape).nullable(),
  cause: z.object(cause.shape).nullable(),
  validUntil,
  copy: copyOfOffer.optional().meta({ description: 'Where `copy` was asked for.' }),
});
export type AnsweredOffer = z.output<typeof answeredOffer>;
