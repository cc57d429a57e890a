import type { TenantId } from '@offerstream/contracts';
import type { Pool } from 'pg';

export const REPORT_KEYS = ['placement', 'strategy', 'model', 'version'] as const;
/** What a report can be grouped by. */
export type ReportKey = (typeof REPORT_KEYS)[number];

export interface ReportQuery {
  readonly tenant: TenantId;
  /** Touches and purchases count from this moment on. */
  readonly from: Date;
  /** And before this one. */
  readonly to: Date;
  /** How long after a click on it, or after it was put into the cart, a purchase is owed to an offer. */
  readonly windowDays: number;
  /** Versions are told apart within their models only: `version` without `model` throws them together. */
  readonly by: readonly ReportKey[];
}

export interface OutcomeFigures {
  /** Distinct offers that were shown; one that was clicked was shown. */
  readonly impressions: number;
  /** Distinct offers of which an item was clicked or put into the cart. */
  readonly clicks: number;
  /** Distinct orders of which an item is owed to an offer. */
  readonly conversions: number;
  /** Of the items that are owed to an offer, in millionths, by currency. Exact up to 2^53. */
  readonly revenueMicros: Readonly<Record<string, number>>;
}

export interface OutcomeGroup extends OutcomeFigures {
  /** Those that the query names. Null: the offer had none. */
  readonly keys: Readonly<Partial<Record<ReportKey, string | null>>>;
}

export interface OutcomeReport {
  /** Most impressions first. */
  readonly groups: readonly OutcomeGroup[];
  /** Of all groups. An order that several groups had a part in is one conversion here. */
  readonly total: OutcomeFigures;
}

/**
 * So many touches of one subject within a minute are not a person's: that is one a second for a whole minute, where each is a page or a
 * list that was looked at. Clock minutes would let twice as many pass.
 */
export const MOST_TOUCHES_A_MINUTE = 60;

/** Attribution and counts in one statement. */
export const reportOutcomes = async (pool: Pool, query: ReportQuery): Promise<OutcomeReport> => {
  const { tenant, from, to, windowDays, by } = query;
  const { rows } = await pool.query<ReportRow>(REPORT, [
    tenant,
    from,
    to,
    windowDays * DAY_SECONDS,
    by,
    MOST_TOUCHES_A_MINUTE,
  ]);
  return reportFrom(rows);
};

const DAY_SECONDS = 86_400;

// $1 tenant, $2 from, $3 to, $4 window in seconds, $5 keys, $6 touches that a person makes in a minute.
const REPORT = `
  WITH robots AS MATERIALIZED (
    SELECT DISTINCT subject, (at AT TIME ZONE 'UTC')::date AS day
    FROM (
      SELECT subject, at, lag(at, $6::integer) OVER (PARTITION BY subject ORDER BY at) AS earlier
      FROM outcome_touches
      WHERE tenant = $1 AND position = 0
        AND at >= date_trunc('day', $2::timestamptz - make_interval(secs => $4), 'UTC') - interval '1 minute'
        AND at < date_trunc('day', $3::timestamptz, 'UTC') + interval '24 hours'
    ) AS paced
    WHERE at - earlier < interval '1 minute'
  ), origins AS (
    SELECT code, coalesce((SELECT jsonb_object_agg(key, to_jsonb(origin) -> key) FROM unnest($5::text[]) AS key), '{}') AS keys
    FROM offer_origins AS origin WHERE tenant = $1
  ), bought AS (
    SELECT line.purchase, line.revenue_micros, line.currency, coalesce(touch.origin, line.origin) AS origin
    FROM outcome_purchases AS line
    LEFT JOIN LATERAL (
      SELECT origin FROM outcome_touches AS touch
      WHERE touch.tenant = $1 AND touch.subject = line.subject AND touch.item = line.item AND touch.type <> 'impression'
        AND touch.at <= line.at AND touch.at > line.at - make_interval(secs => $4)
        AND (touch.subject, (touch.at AT TIME ZONE 'UTC')::date) NOT IN (SELECT subject, day FROM robots)
      ORDER BY touch.at DESC, touch.id DESC
      LIMIT 1
    ) AS touch ON true
    WHERE line.tenant = $1 AND line.at >= $2 AND line.at < $3
      AND (line.subject, (line.at AT TIME ZONE 'UTC')::date) NOT IN (SELECT subject, day FROM robots)
  ), shown AS (
    SELECT origin, offer, bool_or(type <> 'impression') AS clicked
    FROM outcome_touches
    WHERE tenant = $1 AND at >= $2 AND at < $3
      AND (subject, (at AT TIME ZONE 'UTC')::date) NOT IN (SELECT subject, day FROM robots)
    GROUP BY origin, offer
  ), facts AS (
    SELECT origin, count(*) AS impressions, count(*) FILTER (WHERE clicked) AS clicks,
      NULL AS purchase, NULL AS revenue_micros, NULL AS currency
    FROM shown GROUP BY origin
    UNION ALL
    SELECT origin, 0, 0, purchase, revenue_micros, currency FROM bought
  )
  SELECT keys, grouping(keys) = 1 AS total, currency, grouping(currency) = 0 AS money,
    sum(impressions)::float8 AS impressions, sum(clicks)::float8 AS clicks,
    count(DISTINCT purchase)::float8 AS conversions, sum(revenue_micros)::float8 AS "revenueMicros"
  FROM facts JOIN origins ON code = origin
  GROUP BY GROUPING SETS ((keys), (keys, currency), (), (currency))
  ORDER BY keys, currency`;

interface ReportRow {
  readonly keys: OutcomeGroup['keys'];
  /** Of all groups, not of one. */
  readonly total: boolean;
  readonly currency: string | null;
  /** Of one currency, not of all. */
  readonly money: boolean;
  readonly impressions: number | null;
  readonly clicks: number | null;
  readonly conversions: number;
  readonly revenueMicros: number | null;
}

const reportFrom = (rows: readonly ReportRow[]): OutcomeReport => {
  const [totals, ofGroups] = [rows.filter(({ total }) => total), rows.filter(({ total }) => !total)];
  const groups = [...Map.groupBy(ofGroups, ({ keys }) => JSON.stringify(keys)).values()];
  return {
    groups: groups
      .map((ofGroup) => ({ keys: ofGroup[0]?.keys ?? {}, ...figuresFrom(ofGroup) }))
      .sort((left, right) => right.impressions - left.impressions),
    total: figuresFrom(totals),
  };
};

/** @param rows one of all currencies, and one of each */
const figuresFrom = (rows: readonly ReportRow[]): OutcomeFigures => {
  const main = rows.find(({ money }) => !money);
  return {
    impressions: main?.impressions ?? 0,
    clicks: main?.clicks ?? 0,
    conversions: main?.conversions ?? 0,
    revenueMicros: Object.fromEntries(
      rows.flatMap(({ money, currency, revenueMicros }) =>
        money && currency !== null && revenueMicros !== null ? [[currency, revenueMicros]] : [],
      ),
    ),
  };
};
