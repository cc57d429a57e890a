import { planSchema } from '@offerstream/billing';
import type { TenantPlan } from '@offerstream/database';
import { z } from 'zod';

const { id, ...terms } = planSchema.shape;

export const planParams = z.object({ plan: id });
export type PlanParams = z.output<typeof planParams>;

export const planBody = z.strictObject(terms);
export type PlanBody = z.output<typeof planBody>;

export const planResponse = z.object({
  ...planSchema.shape,
  version: z.int().meta({ description: 'Rises with every change; a version itself never changes.' }),
});

export const planListResponse = z.object({ plans: z.array(planResponse) });

export const tenantPlanBody = z.strictObject({ plan: id });
export type TenantPlanBody = z.output<typeof tenantPlanBody>;

export const tenantPlanResponse = z.object({
  plan: planResponse,
  since: z.iso.datetime(),
});

export const shownTenantPlan = ({ plan, since }: TenantPlan) => ({ plan, since: since.toISOString() });

export const TERMS_EXAMPLE = {
  name: 'Growth',
  currency: 'EUR',
  whileUnknown: 'serve',
  requestsPerSecond: 500,
  meters: {
    recommendations: {
      included: 10_000,
      limit: null,
      tiers: [
        { upTo: 1_000_000, pricePerThousandMicros: 100_000 },
        { upTo: null, pricePerThousandMicros: 60_000 },
      ],
    },
  },
} as const;

export const PLAN_EXAMPLE = { id: 'growth', ...TERMS_EXAMPLE, version: 1 } as const;
