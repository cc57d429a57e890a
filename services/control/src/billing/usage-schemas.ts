import { meterSchema } from '@offerstream/contracts';
import { USAGE_STEPS } from '@offerstream/database';
import { z } from 'zod';

/** Most days that can be asked for, by step. */
export const MAX_USAGE_DAYS = { hour: 31, day: 366, month: 3_660 } as const;

const time = z.iso.datetime({ offset: true });
const by = z.enum(USAGE_STEPS);

export const usageQuery = z.strictObject({
  from: time.optional().meta({ description: 'Default: the start of this month (UTC).' }),
  to: time.optional().meta({ description: 'Not included. Default: now.' }),
  by: by.default('day').meta({ description: 'Steps of UTC.' }),
});
export type UsageQuery = z.output<typeof usageQuery>;

export const usageResponse = z.object({
  tenant: z.string(),
  from: time,
  to: time,
  by,
  totals: z.array(
    z.object({
      from: time.meta({ description: 'Start of the step. Steps without usage are left out.' }),
      meter: meterSchema,
      units: z.int(),
    }),
  ),
});

export const USAGE_EXAMPLE = {
  tenant: 'my-shop',
  from: '2026-03-01T00:00:00.000Z',
  to: '2026-03-02T00:00:00.000Z',
  by: 'day',
  totals: [
    { from: '2026-03-01T00:00:00.000Z', meter: 'events', units: 81_204 },
    { from: '2026-03-01T00:00:00.000Z', meter: 'recommendations', units: 6_120 },
  ],
};
