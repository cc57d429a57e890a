import { offerSchema, placementSchema, tenantSchema } from '@offerstream/contracts';
import { z } from 'zod';

const { id, revision, subject, placement, model, cause, validUntil, items } = offerSchema.shape;

export const offerParams = z.object({ subject });
export type OfferParams = z.output<typeof offerParams>;

export const offerQuery = z.strictObject({ placement: placementSchema.shape.id });
export type OfferQuery = z.output<typeof offerQuery>;

/** An offer as it is answered. One that was made for the request follows no event, so it has no cause and no revision. */
export const answeredOffer = z.object({
  id,
  revision: revision.nullable(),
  tenant: tenantSchema.shape.id,
  subject,
  placement,
  items: z.array(z.object(items.element.shape)),
  model: z.object(model.unwrap().shape).nullable(),
  cause: z.object(cause.shape).nullable(),
  validUntil,
});
export type AnsweredOffer = z.output<typeof answeredOffer>;
