import { placementSchema } from '@offerstream/contracts';
import { ROLES } from '@offerstream/tenancy';
import { z } from 'zod';

/** What the back office answers with, as far as its client reads it. */

/** What a report of outcomes can be grouped by. */
export const OUTCOME_KEYS = ['placement', 'strategy', 'model', 'version'] as const;
export type OutcomeKey = (typeof OUTCOME_KEYS)[number];

export const tenantAnswer = z.object({
  id: z.string(),
  consent: z.enum(['assumed', 'required']),
  placements: z.array(placementSchema),
  /** From which its items' pictures are fetched. */
  pictureHosts: z.array(z.string()),
  /** Rises with every change of the tenant, its keys or its placements. */
  version: z.int(),
});
export type ShownTenant = z.output<typeof tenantAnswer>;

export const keyAnswer = z.object({
  /** The first 16 hex digits of the key's SHA-256. */
  id: z.string(),
  purpose: z.string(),
  kind: z.enum(['sk', 'wk']),
  mode: z.enum(['live', 'test']),
  scopes: z.array(z.string()),
  created: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});
export type ShownKey = z.output<typeof keyAnswer>;

export const madeKeyAnswer = keyAnswer.extend({
  /** There when the key was made by the back office, which shows it this once. */
  key: z.string().optional(),
});
export type MadeKey = z.output<typeof madeKeyAnswer>;

export const userAnswer = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string().optional(),
  role: z.enum(ROLES),
  created: z.string(),
  version: z.int(),
});
export type ShownUser = z.output<typeof userAnswer>;

const session = z.object({ token: z.string(), expiresAt: z.string() });
export const sessionAnswer = session.extend({ user: userAnswer });
export type Session = z.output<typeof sessionAnswer>;

export const signUpAnswer = z.object({ tenant: tenantAnswer, user: userAnswer, session });
export type SignedUp = z.output<typeof signUpAnswer>;

export const auditRecordAnswer = z.object({
  id: z.string(),
  /** Null for what belongs to no tenant. */
  tenant: z.string().nullable(),
  at: z.string(),
  by: z.object({ kind: z.string(), id: z.string() }),
  operation: z.string(),
  target: z.string(),
  requestId: z.string(),
  summary: z.record(z.string(), z.unknown()),
});
export type AuditRecord = z.output<typeof auditRecordAnswer>;

export const importAnswer = z.object({
  accepted: z.int(),
  failed: z.int(),
  errors: z.array(z.object({ line: z.int(), code: z.string(), reason: z.string() })),
});

export const pictureAnswer = z.object({
  item: z.string(),
  /** Of the picture as it is kept, hex. */
  sha256: z.string(),
  /** Of the photo that was sent, hex. */
  sourceSha256: z.string(),
});
export type ShownPicture = z.output<typeof pictureAnswer>;

const outcomeFigures = {
  /** Distinct offers that were shown, and of which an item was clicked or put into the cart. */
  impressions: z.int(),
  clicks: z.int(),
  /** Clicks by impressions. */
  ctr: z.number().nullable(),
  /** Distinct orders that are owed to an offer. */
  conversions: z.int(),
  /** By currency. Exact up to 2^53. */
  revenueMicros: z.record(z.string(), z.number()),
};
const outcomeKey = z.string().nullable().optional();

export const outcomesAnswer = z.object({
  tenant: z.string(),
  from: z.string(),
  to: z.string(),
  windowDays: z.int(),
  by: z.array(z.enum(OUTCOME_KEYS)),
  groups: z.array(
    z.object({
      placement: outcomeKey,
      strategy: outcomeKey,
      model: outcomeKey,
      version: outcomeKey,
      ...outcomeFigures,
    }),
  ),
  total: z.object(outcomeFigures),
});
export type OutcomesReport = z.output<typeof outcomesAnswer>;

export const USAGE_STEPS = ['hour', 'day', 'month'] as const;
export type UsageStep = (typeof USAGE_STEPS)[number];

export const usageAnswer = z.object({
  tenant: z.string(),
  from: z.string(),
  /** Not included. */
  to: z.string(),
  by: z.enum(USAGE_STEPS),
  /** By time and meter; steps without usage are left out. */
  totals: z.array(z.object({ from: z.string(), meter: z.string(), units: z.int() })),
});
export type UsageReport = z.output<typeof usageAnswer>;

export const planAnswer = z.object({
  id: z.string(),
  version: z.int(),
  name: z.string(),
  currency: z.string(),
  whileUnknown: z.enum(['serve', 'refuse']),
  requestsPerSecond: z.int(),
  meters: z.record(
    z.string(),
    z.object({
      /** Units of a month that cost nothing. */
      included: z.int(),
      /** Most units of a month. */
      limit: z.int().nullable(),
      tiers: z.array(z.object({ upTo: z.int().nullable(), pricePerThousandMicros: z.int() })),
    }),
  ),
});
export type ShownPlan = z.output<typeof planAnswer>;

export const tenantPlanAnswer = z.object({ plan: planAnswer, since: z.string() });
export type TenantPlan = z.output<typeof tenantPlanAnswer>;

export const invoiceAnswer = z.object({
  tenant: z.string(),
  month: z.string(),
  status: z.enum(['draft', 'issued']),
  number: z.int().nullable(),
  issuedAt: z.string().nullable(),
  plan: z.object({ id: z.string(), version: z.int(), name: z.string() }),
  currency: z.string(),
  lines: z.array(
    z.object({
      text: z.string(),
      month: z.string(),
      meter: z.string(),
      units: z.int(),
      /** How many of the units cost nothing. */
      included: z.int(),
      amountMicros: z.int(),
    }),
  ),
  totalMicros: z.int(),
});
export type ShownInvoice = z.output<typeof invoiceAnswer>;

export const issuedAnswer = z.object({
  issued: z.array(z.object({ tenant: z.string(), month: z.string(), number: z.int(), totalMicros: z.int() })),
});
export type IssuedInvoices = z.output<typeof issuedAnswer>['issued'];
