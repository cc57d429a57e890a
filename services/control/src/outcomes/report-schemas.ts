import { STRATEGIES, tenantSchema } from '@offerstream/contracts';
import { REPORT_KEYS, type ReportKey } from '@offerstream/database';
import { z } from 'zod';

export const MAX_WINDOW_DAYS = 90;
export const DEFAULT_REPORT_DAYS = 7;

const time = z.iso.datetime({ offset: true });
const reportKey = z.enum(REPORT_KEYS);

const oneKey = `(${REPORT_KEYS.join('|')})`;

const by = z
  .string()
  .regex(new RegExp(`^${oneKey}(,${oneKey})*$`))
  .transform((list): readonly string[] => [...new Set(list.split(','))])
  .pipe(z.array(reportKey))
  // A version's number says nothing without its model.
  .transform((keys): readonly ReportKey[] =>
    keys.includes('version') && !keys.includes('model') ? [...keys, 'model'] : keys,
  )
  .default(['placement', 'strategy', 'model']);

/** @param attributionDays the window where none is asked for */
export const outcomesQuery = z.strictObject({
  tenant: tenantSchema.shape.id.optional().meta({ description: 'Left out: your own.' }),
  from: time.optional().meta({ description: `Default: ${DEFAULT_REPORT_DAYS} days before \`to\`.` }),
  to: time.optional().meta({ description: 'Default: now.' }),
  by: by.meta({
    description: `What to group by, separated by commas: ${REPORT_KEYS.join(', ')}. A version brings its model.`,
  }),
  windowDays: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_WINDOW_DAYS)
    .optional()
    .meta({ description: 'For how many days after it a purchase is owed to a click or an addition to the cart.' }),
});
export type OutcomesQuery = z.output<typeof outcomesQuery>;

const figures = {
  impressions: z.int().meta({ description: 'Distinct offers that were shown; one that was clicked was shown.' }),
  clicks: z.int().meta({ description: 'Distinct offers of which an item was clicked or put into the cart.' }),
  ctr: z.number().nullable().meta({ description: 'Clicks by impressions; null without impressions.' }),
  conversions: z.int().meta({ description: 'Distinct orders of which an item is owed to an offer.' }),
  // Anybody with a write key can tell of a sum that an int would not hold.
  revenueMicros: z.record(z.string(), z.number()).meta({
    description: 'Of the items that are owed to an offer, by currency, in millionths of it. Exact up to 2^53.',
  }),
};

const name = z.string().nullable().optional();

export const outcomesResponse = z.object({
  tenant: z.string(),
  from: time,
  to: time,
  windowDays: z.int(),
  by: z.array(reportKey),
  groups: z
    .array(
      z.object({
        placement: name.meta({ description: 'Null: the items were asked for without a placement.' }),
        strategy: z.enum(STRATEGIES).optional(),
        model: name.meta({ description: 'Null: the tenant had no model promoted.' }),
        version: name,
        ...figures,
      }),
    )
    .meta({ description: 'Those with most impressions first, each with the keys that were asked for.' }),
  total: z.object(figures).meta({ description: 'An order that several groups had a part in is one conversion here.' }),
});

export const OUTCOMES_EXAMPLE = {
  tenant: 'my-shop',
  from: '2026-03-01T00:00:00.000Z',
  to: '2026-03-08T00:00:00.000Z',
  windowDays: 7,
  by: ['placement', 'strategy', 'model'],
  groups: [
    {
      placement: 'home',
      strategy: 'personal',
      model: 'my-shop.behaviour',
      impressions: 200,
      clicks: 20,
      ctr: 0.1,
      conversions: 4,
      revenueMicros: { EUR: 320_000_000 },
    },
  ],
  total: { impressions: 200, clicks: 20, ctr: 0.1, conversions: 4, revenueMicros: { EUR: 320_000_000 } },
} as const;
