import { MONTH_PATTERN, type Month } from '@offerstream/billing';
import { meterSchema, tenantSchema, usageSchema } from '@offerstream/contracts';
import { z } from 'zod';

export const month = z
  .string()
  .regex(MONTH_PATTERN, 'must be a month, for example 2026-03')
  .transform((text) => text as Month);

const units = z.int().min(0);
/** See `LeaseRequest` of libs/billing. */
const MAX_LEASES = 500;

const quota = { tenant: tenantSchema.shape.id, meter: meterSchema, month };
const replica = usageSchema.shape.epoch.meta({ description: 'One run of one process.' });

const eachOnce = (list: readonly { readonly tenant: string; readonly meter: string; readonly month: string }[]) =>
  new Set(list.map(({ tenant, meter, month }) => `${tenant} ${meter} ${month}`)).size === list.length;
const NAMED_TWICE = 'names a quota twice';

const unleased = units.meta({ description: 'Units that the replica has served in the month without a lease.' });

export const leasesBody = z.strictObject({
  replica,
  requests: z
    .array(
      z.strictObject({
        ...quota,
        held: units.meta({ description: 'Units of the last lease that are not spent.' }),
        needed: units.min(1).meta({ description: 'Units of the request that waits longest, 1 when none waits.' }),
        unleased,
      }),
    )
    .max(MAX_LEASES)
    .refine(eachOnce, NAMED_TWICE),
});
export type LeasesBody = z.output<typeof leasesBody>;

export const leasesResponse = z.object({
  grants: z
    .array(
      z.object({
        units: units.meta({ description: 'On top of what is held.' }),
        remaining: units.meta({ description: 'Units of the month that nobody was granted.' }),
      }),
    )
    .meta({ description: 'One for each request, in their order.' }),
});

export const returnsBody = z.strictObject({
  replica,
  returns: z
    .array(
      z.strictObject({
        ...quota,
        spent: units.meta({ description: 'Units of its leases that the replica has spent in the month.' }),
        unleased,
      }),
    )
    .max(MAX_LEASES)
    .refine(eachOnce, NAMED_TWICE),
});
export type ReturnsBody = z.output<typeof returnsBody>;
