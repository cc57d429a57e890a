import type { UsageCount } from '@offerstream/billing';
import type { TenantId } from '@offerstream/contracts';
import type { Pool } from 'pg';
import { onDatabase } from './errors.js';
import { positionRows, PUT_POSITIONS, type TopicPositions } from './positions.js';

export const USAGE_STEPS = ['hour', 'day', 'month'] as const;
export type UsageStep = (typeof USAGE_STEPS)[number];

export interface UsageQuery {
  readonly tenant: TenantId;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  readonly by: UsageStep;
}

/** What a tenant used of a meter in one step (of UTC). */
export interface UsageTotal {
  /** Start of the step. */
  readonly from: Date;
  readonly meter: string;
  readonly units: number;
}

// In order, so that two instances that take the same counts never wait for each other. What is known already writes nothing.
const TAKE = `
  WITH counts AS (
    INSERT INTO usage_counts AS stored (tenant, hour, meter, source, epoch, units)
    SELECT tenant, hour, meter, source, epoch, units
    FROM jsonb_to_recordset($3::jsonb) AS row (
      tenant text, hour timestamptz, meter text, source text, epoch text, units bigint)
    ORDER BY tenant, hour, meter, source, epoch
    ON CONFLICT (tenant, hour, meter, source, epoch) DO UPDATE SET units = EXCLUDED.units
    WHERE stored.units < EXCLUDED.units
  )
  ${PUT_POSITIONS}`;

const TOTALS = `
  SELECT date_trunc($4, hour, 'UTC') AS "from", meter, sum(units)::text AS units
  FROM usage_counts WHERE tenant = $1 AND hour >= $2 AND hour < $3
  GROUP BY 1, 2 ORDER BY 1, 2`;

/** What tenants used: the greatest count of each source, summed over sources when it is asked for. */
export class Usage {
  // Not through Prisma, for the reason that stands at Items.
  constructor(private readonly pool: Pool) {}

  /**
   * Keeps the greater of each count and what is known of it, so repeats and reordering change nothing; and, with them or not at
   * all, where to go on.
   *
   * @param counts each of its tenant, hour, meter, source and epoch at most once, see `greatestCounts`
   * @param topic name on the broker
   * @throws DatabaseUnavailable
   */
  async take(counts: readonly UsageCount[], topic: string, positions: TopicPositions): Promise<void> {
    await onDatabase(() => this.pool.query(TAKE, [topic, positionRows(positions), JSON.stringify(counts)]));
  }

  /** By time and meter; steps without usage are left out. @throws DatabaseUnavailable */
  totals({ tenant, from, to, by }: UsageQuery): Promise<readonly UsageTotal[]> {
    return onDatabase(async () => {
      const { rows } = await this.pool.query<{ from: Date; meter: string; units: string }>(TOTALS, [
        tenant,
        from,
        to,
        by,
      ]);
      return rows.map((row) => ({ ...row, units: Number(row.units) }));
    });
  }
}
