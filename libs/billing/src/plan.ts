import { meterSchema, shortText, type Allowance } from '@offerstream/contracts';
import { z } from 'zod';

const MAX_UNITS = 10 ** 12;
/** One of the currency for each unit. */
const MAX_PRICE_MICROS = 10 ** 9;

const units = z.int().min(0).max(MAX_UNITS);

const tierSchema = z.strictObject({
  /** Up to how many units beyond the included ones this price holds; null: for all that follow. */
  upTo: units.min(1).nullable(),
  /** Millionths of the currency for 1,000 units. */
  pricePerThousandMicros: z.int().min(0).max(MAX_PRICE_MICROS),
});

const meterTermsSchema = z.strictObject({
  /** Units of a month that cost nothing. */
  included: units,
  /** Most units of a month; null: no limit, as always for events. */
  limit: units.nullable(),
  /** Prices of the units beyond the included ones, each of its own part of them (graduated). Without tiers they cost nothing. */
  tiers: z
    .array(tierSchema)
    .max(10)
    .refine((tiers) => tiers.every(({ upTo }, index) => (upTo === null) === (index === tiers.length - 1)), {
      error: 'the last tier, and no other, has upTo null',
    })
    .refine((tiers) => tiers.every(({ upTo }, index) => upTo === null || upTo > (tiers[index - 1]?.upTo ?? 0)), {
      error: 'upTo rises from tier to tier',
    }),
});

export const PLAN_ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** What a tenant gets and pays. */
export const planSchema = z.strictObject({
  id: z.string().regex(PLAN_ID_PATTERN, 'must match [a-z0-9][a-z0-9-]{0,31}'),
  /** For people. */
  name: shortText,
  /** ISO 4217, upper case. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three upper-case letters'),
  /** Whether a request is served and counted, or refused, while nobody can say how much of a limit is left. */
  whileUnknown: z.enum(['serve', 'refuse']),
  /** Most requests of one key in a second, on one gateway. */
  requestsPerSecond: z.int().min(1).max(1_000_000),
  /** A meter without terms has no limit and costs nothing. */
  meters: z.record(meterSchema, meterTermsSchema).refine(({ events }) => (events?.limit ?? null) === null, {
    path: ['events', 'limit'],
    error: 'must be null: events are counted and priced, never refused',
  }),
});

export type MeterTerms = z.output<typeof meterTermsSchema>;
export type Plan = z.output<typeof planSchema>;

/** What the data plane enforces of a plan. */
export const allowanceOf = ({ id, whileUnknown, requestsPerSecond, meters }: Plan): Allowance => ({
  plan: id,
  limits: Object.fromEntries(
    Object.entries(meters).flatMap(([meter, { limit }]) => (limit === null ? [] : [[meter, limit]])),
  ),
  whileUnknown,
  requestsPerSecond,
});
