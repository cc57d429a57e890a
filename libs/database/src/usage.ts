import type { UsageCount } from '@offerstream/billing';
import type { TenantId } from '@offerstream/contracts';
import type { Pool } from 'pg';
import { onDatabase } from './errors.js';

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

/** Where to go on with the topic, by partition: the offset of the next record. */
export type UsagePositions = ReadonlyMap<number, number>;

// In order, so that two instances that take the same counts never wait for each other. What is known already writes nothing.
const TAKE = `
  WITH counts AS (
    INSERT INTO usage_counts AS stored (tenant, hour, meter, source, epoch, units)
    SELECT tenant, hour, meter, source, epoch, units
    FROM jsonb_to_recordset($1::jsonb) AS row (
      tenant text, hour timestamptz, meter text, source text, epoch text, units bigint)
    ORDER BY tenant, hour, meter, source, epoch
    ON CONFLICT (tenant, hour, meter, source, epoch) DO UPDATE SET units = EXCLUDED.units
    WHERE stored.units < EXCLUDED.units
  )
  INSERT INTO usage_positions (topic, "partition", next)
  SELECT $2, "partition", next FROM jsonb_to_recordset($3::jsonb) AS row ("partition" integer, next bigint)
  ORDER BY "partition"
  ON CONFLICT (topic, "partition") DO UPDATE SET next = EXCLUDED.next`;

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
  async take(counts: readonly UsageCount[], topic: string, positions: UsagePositions): Promise<void> {
    const next = [...positions].map(([partition, offset]) => ({ partition, next: offset }));
    await onDatabase(() => this.pool.query(TAKE, [JSON.stringify(counts), topic, JSON.stringify(next)]));
  }

  /** Where {@link take} left off with a topic; partitions of which nothing was taken are left out. @throws DatabaseUnavailable */
  positions(topic: string): Promise<UsagePositions> {
    return onDatabase(async () => {
      const { rows } = await this.pool.query<{ partition: number; next: string }>(
        'SELECT "partition", next FROM usage_positions WHERE topic = $1',
        [topic],
      );
      return new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
    });
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
