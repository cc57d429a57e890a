import { MAX_LINE_MICROS, outcomeSchema } from '@offerstream/contracts';
import { z } from 'zod';

export const MAX_OUTCOMES = 100;
const MAX_ITEMS = 200;
const MICROS = 1_000_000;
/** Of the currency. */
const MAX_LINE = MAX_LINE_MICROS / MICROS;

/** As prices stand on the topic. */
export const microsOf = (price: number): number => Math.round(price * MICROS);

const { subject, type, orderId, currency, offerId, items } = outcomeSchema.shape;

const outcomeItem = z
  .strictObject({
    item: items.element.shape.item,
    quantity: z.int().min(1).max(1_000_000).default(1),
    price: z
      .number()
      .min(0)
      .max(MAX_LINE)
      .optional()
      .meta({ description: `What one costs, in the currency. Times the quantity at most ${MAX_LINE}.` }),
  })
  .refine(({ quantity, price = 0 }) => quantity * microsOf(price) <= MAX_LINE_MICROS, {
    path: ['price'],
    message: `times the quantity must be at most ${MAX_LINE}`,
  });

const reportedOutcome = z
  .strictObject({
    type,
    /** The offer's `id`, as it came with the offer. */
    offerId: offerId.optional(),
    subject,
    /** Left out for an impression of the whole offer. */
    items: z.array(outcomeItem).max(MAX_ITEMS).default([]),
    orderId: orderId.optional(),
    currency: currency.optional(),
    /** The sender says that no person did this. */
    bot: z.boolean().default(false),
    /** Names this outcome, so that it can be sent again; made where it is left out. */
    id: z.string().min(1).max(200).optional(),
    /** When it happened; now where it is left out. */
    occurredAt: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ type: kind, offerId: offer }) => kind === 'purchase' || typeof offer === 'string', {
    path: ['offerId'],
    message: 'must be given: only a purchase may be without an offer',
  })
  // The same, in words of JSON Schema.
  .meta({
    allOf: [
      {
        anyOf: [
          { properties: { type: { const: 'purchase' } } },
          { required: ['offerId'], properties: { offerId: { type: 'string' } } },
        ],
      },
    ],
  });

export type ReportedOutcome = z.output<typeof reportedOutcome>;

export const outcomesBody = z.strictObject({ outcomes: z.array(reportedOutcome).min(1).max(MAX_OUTCOMES) });
export type OutcomesBody = z.output<typeof outcomesBody>;

export const outcomesResponse = z.object({
  accepted: z.int(),
  /** The ids under which the outcomes are counted, in their order. */
  ids: z.array(z.string()),
});
