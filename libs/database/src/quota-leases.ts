import { grantLease, takeBack, type LeaseGrant, type LeaseRequest, type LeaseReturn } from '@offerstream/billing';
import type { Pool, PoolClient } from 'pg';
import { onDatabase } from './errors.js';

/** A replica that was not heard of for so long has no share in the leases of the others. */
const ALIVE_MS = 30_000;

interface QuotaRow {
  readonly used: number;
  readonly limit: number | null;
  readonly granted: number;
  readonly unleased: number;
}

interface Settled {
  readonly tenant: string;
  readonly month: string;
  readonly meter: string;
  readonly used: number;
  readonly granted: number;
  readonly unleased: number;
}

type Named = Pick<LeaseRequest, 'tenant' | 'month' | 'meter'>;

const NAMED = 'jsonb_to_recordset($1::jsonb) AS named (tenant text, month text, meter text)';

// Locks the rows, in order, so that two callers never wait for each other.
const LOCK = `
  INSERT INTO quotas AS stored (tenant, month, meter, used)
  SELECT DISTINCT tenant, month, meter, 0 FROM ${NAMED} ORDER BY tenant, month, meter
  ON CONFLICT (tenant, month, meter) DO UPDATE SET used = stored.used`;

// A statement of its own: its snapshot is taken with the rows locked, so it sees all that was written before.
const READ = `
  SELECT tenant, month, meter, used, coalesce(granted, 0) AS granted, coalesce(unleased, 0) AS unleased,
    terms -> 'meters' -> meter -> 'limit' AS "limit"
  FROM ${NAMED}
  JOIN quotas USING (tenant, month, meter)
  LEFT JOIN (SELECT * FROM quota_shares WHERE replica = $2) AS share USING (tenant, month, meter)
  LEFT JOIN LATERAL (
    SELECT plan, plan_version FROM tenant_plans
    WHERE tenant_plans.tenant = named.tenant ORDER BY since DESC LIMIT 1) AS latest ON true
  LEFT JOIN plans ON plans.id = latest.plan AND plans.version = latest.plan_version`;

const WRITE = `
  WITH settled AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS row (
      tenant text, month text, meter text, used bigint, granted bigint, unleased bigint)
  ), written AS (
    UPDATE quotas SET used = settled.used FROM settled
    WHERE (quotas.tenant, quotas.month, quotas.meter) = (settled.tenant, settled.month, settled.meter)
  )
  INSERT INTO quota_shares (tenant, month, meter, replica, granted, unleased)
  SELECT tenant, month, meter, $2, granted, unleased FROM settled
  ON CONFLICT (tenant, month, meter, replica)
  DO UPDATE SET granted = EXCLUDED.granted, unleased = EXCLUDED.unleased`;

const SAY_ALIVE = `
  INSERT INTO quota_replicas (replica, seen) VALUES ($1, $2)
  ON CONFLICT (replica) DO UPDATE SET seen = greatest(quota_replicas.seen, EXCLUDED.seen)`;

const COUNT_ALIVE = `SELECT count(*)::int AS replicas FROM quota_replicas WHERE seen > $1`;

/** The lessor's side of the quotas, see `QuotaLeases` of libs/billing. Repeated calls and racing instances never exceed a limit. */
export class QuotaLeases {
  // Not through Prisma, which takes several times as long.
  constructor(private readonly pool: Pool) {}

  /**
   * One grant for each request, in their order, all or none; each tenant, month and meter at most once.
   *
   * @param replica one run of one process
   * @throws DatabaseUnavailable
   */
  async lease(replica: string, requests: readonly LeaseRequest[], at: Date): Promise<readonly LeaseGrant[]> {
    await onDatabase(() => this.pool.query(SAY_ALIVE, [replica, at]));
    const replicas = await this.countAlive(at);
    return this.settle(replica, requests, (row, request) => grantLease(row, row, request, replicas));
  }

  /** A replica ends: what it has not spent can be granted again. May be repeated. @throws DatabaseUnavailable */
  async giveBack(replica: string, returns: readonly LeaseReturn[]): Promise<void> {
    await this.settle(replica, returns, (row, last) => takeBack(row, row, last));
    await onDatabase(() => this.pool.query('DELETE FROM quota_replicas WHERE replica = $1', [replica]));
  }

  /** Forgets the quotas of months before the given one, and replicas that are gone. @throws DatabaseUnavailable */
  async forgetBefore(month: string, at: Date): Promise<void> {
    await onDatabase(async () => {
      await this.pool.query('DELETE FROM quotas WHERE month < $1', [month]);
      await this.pool.query('DELETE FROM quota_replicas WHERE seen <= $1', [new Date(at.getTime() - ALIVE_MS)]);
    });
  }

  private countAlive(at: Date): Promise<number> {
    return onDatabase(async () => {
      const { rows } = await this.pool.query<{ replicas: number }>(COUNT_ALIVE, [new Date(at.getTime() - ALIVE_MS)]);
      return Math.max(1, rows[0]?.replicas ?? 1);
    });
  }

  private async settle<One extends Named, Result extends Omit<Settled, keyof Named>>(
    replica: string,
    named: readonly One[],
    rule: (row: QuotaRow, one: One) => Result,
  ): Promise<readonly Result[]> {
    if (named.length === 0) return [];
    return this.inTransaction(async (client) => {
      const names = JSON.stringify(named.map(({ tenant, month, meter }) => ({ tenant, month, meter })));
      await client.query(LOCK, [names]);
      const { rows } = await client.query<Record<keyof QuotaRow, string | null> & Named>(READ, [names, replica]);
      const known = new Map(rows.map((row) => [nameOf(row), quotaRow(row)]));
      const results = named.map((one) => rule(known.get(nameOf(one)) as QuotaRow, one));
      const settled = results.map(({ used, granted, unleased }, index): Settled => {
        const { tenant, month, meter } = named[index] as One;
        return { tenant, month, meter, used, granted, unleased };
      });
      await client.query(WRITE, [JSON.stringify(settled), replica]);
      return results;
    });
  }

  private inTransaction<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    return onDatabase(async () => {
      const client = await this.pool.connect();
      client.on('error', nextQuerySaysWhy);
      let isDone = false;
      try {
        await client.query('BEGIN');
        const result = await work(client);
        await client.query('COMMIT');
        isDone = true;
        return result;
      } finally {
        client.off('error', nextQuerySaysWhy);
        // A connection in the middle of a transaction is closed, which undoes everything.
        client.release(!isDone);
      }
    });
  }
}

const nextQuerySaysWhy = (): void => undefined;

/** None of them has a blank. */
const nameOf = ({ tenant, month, meter }: Named): string => `${tenant} ${month} ${meter}`;

const quotaRow = (row: Record<keyof QuotaRow, string | null>): QuotaRow => ({
  used: Number(row.used),
  limit: row.limit === null ? null : Number(row.limit),
  granted: Number(row.granted),
  unleased: Number(row.unleased),
});
