import type { TenantId } from '@offerstream/contracts';
import type { Pool } from 'pg';
import { onDatabase } from './errors.js';
import { reportOutcomes, type OutcomeReport, type ReportQuery } from './outcome-report.js';

export type TouchType = 'impression' | 'click' | 'cart';

/** The id of an offer and the code of its origin that stands in it. */
export interface NamedOffer {
  readonly id: string;
  readonly origin: string;
}

/** Something that a shopper did with an offer. */
export interface Touch {
  readonly tenant: string;
  /** What comes again under it is not taken again. */
  readonly id: string;
  readonly subject: string;
  readonly offer: NamedOffer;
  readonly type: TouchType;
  readonly items: readonly string[];
  readonly at: Date;
}

export interface PurchasedItem {
  readonly item: string;
  readonly quantity: number;
  /** Of the whole line; null where it is not known. */
  readonly revenueMicros: number | null;
}

export interface Purchase {
  readonly tenant: string;
  /** Names the order: what comes again under it is not taken again. */
  readonly purchase: string;
  readonly subject: string;
  readonly items: readonly PurchasedItem[];
  readonly currency: string | null;
  /** That the order itself names. */
  readonly offer: NamedOffer | undefined;
  readonly at: Date;
}

/** What became of touches or purchases. */
export interface TakenCounts {
  readonly taken: number;
  /** Their id, or their order, had come before. */
  readonly repeated: number;
  /** They name an offer whose origin the tenant never had. A purchase is taken all the same, as one that names none. */
  readonly unknownOffer: number;
  /** Purchases of a tenant that is not there. */
  readonly unknownTenant: number;
}

/**
 * What shoppers did with offers, and the reports on it. Attribution is computed when it is asked for, from rows that do not depend on the
 * order in which outcomes arrived.
 */
export class Outcomes {
  // Not through Prisma, for the reason that stands at Items.
  constructor(private readonly pool: Pool) {}

  /** Keeps touches of offers whose origins are known; of several with one id the first counts. @throws DatabaseUnavailable */
  async takeTouches(touches: readonly Touch[]): Promise<TakenCounts> {
    if (touches.length === 0) return NOTHING_TAKEN;
    const distinct = firstOfEach(touches, ({ tenant, id }) => `${tenant} ${id}`);
    const rows = distinct.flatMap(({ items, offer, at, ...touch }) =>
      rowsOf(items.map((item) => ({ item }))).map((row) => ({
        ...touch,
        ...row,
        offer: offer.id,
        origin: offer.origin,
        at: at.toISOString(),
      })),
    );
    const { known, taken } = await this.take(TAKE_TOUCHES, rows);
    const unknownOffer = distinct.length - known;
    return { taken, repeated: touches.length - taken - unknownOffer, unknownOffer, unknownTenant: 0 };
  }

  /** Keeps purchases; of several of one order the first counts. @throws DatabaseUnavailable */
  async takePurchases(purchases: readonly Purchase[]): Promise<TakenCounts> {
    if (purchases.length === 0) return NOTHING_TAKEN;
    const distinct = firstOfEach(purchases, ({ tenant, purchase }) => `${tenant} ${purchase}`);
    const rows = distinct.flatMap(({ items, offer, at, ...purchase }) =>
      rowsOf(items).map((row) => ({
        ...purchase,
        ...row,
        offer: offer?.id,
        origin: offer?.origin,
        at: at.toISOString(),
      })),
    );
    const { known, taken, unnamed } = await this.take(TAKE_PURCHASES, rows);
    const unknownTenant = distinct.length - known;
    return { taken, repeated: purchases.length - taken - unknownTenant, unknownOffer: unnamed, unknownTenant };
  }

  /** @throws DatabaseUnavailable */
  report(query: ReportQuery): Promise<OutcomeReport> {
    return onDatabase(() => reportOutcomes(this.pool, query));
  }

  /** Tenants of which something happened since then. @throws DatabaseUnavailable */
  tenantsSince(from: Date): Promise<readonly TenantId[]> {
    return onDatabase(async () => {
      const { rows } = await this.pool.query<{ id: TenantId }>(TENANTS_SINCE, [from]);
      return rows.map(({ id }) => id);
    });
  }

  /**
   * Deletes rows from before a moment, few at a time so that nobody waits for it.
   *
   * @returns how many; fewer than `2 * limit` when there are no more.
   * @throws DatabaseUnavailable
   */
  removeBefore(moment: Date, limit: number): Promise<number> {
    return onDatabase(async () => {
      const touches = await this.pool.query(removeBefore('outcome_touches'), [moment, limit]);
      const purchases = await this.pool.query(removeBefore('outcome_purchases'), [moment, limit]);
      return (touches.rowCount ?? 0) + (purchases.rowCount ?? 0);
    });
  }

  private take(statement: string, rows: readonly object[]): Promise<StatementCounts> {
    return onDatabase(async () => {
      const { rows: counts } = await this.pool.query<StatementCounts>(statement, [JSON.stringify(rows)]);
      return counts[0] as StatementCounts;
    });
  }
}

/** Of distinct touches or purchases. */
interface StatementCounts {
  /** Of touches: of a known origin. Of purchases: of a known tenant. */
  readonly known: number;
  readonly taken: number;
  /** Purchases that name an offer of an unknown origin. */
  readonly unnamed: number;
}

const NOTHING_TAKEN: TakenCounts = { taken: 0, repeated: 0, unknownOffer: 0, unknownTenant: 0 };

const firstOfEach = <Value>(values: readonly Value[], keyOf: (value: Value) => string): readonly Value[] => [
  ...new Map(values.toReversed().map((value) => [keyOf(value), value])).values(),
];

/** One row an item, and one without item where there is none: the row at 0 decides whether the others are taken. */
const rowsOf = (items: readonly object[]): readonly object[] =>
  (items.length === 0 ? [{}] : items).map((item, position) => ({ ...item, position }));

// The order keeps two of these from waiting for each other.
const TAKE_TOUCHES = `
  WITH incoming AS (
    SELECT row.* FROM jsonb_to_recordset($1::jsonb) AS row (
      tenant text, id text, position integer, subject text, offer text, origin text, type touch_type, item text, at timestamptz)
    JOIN offer_origins AS known ON known.tenant = row.tenant AND known.code = row.origin
  ), first AS (
    INSERT INTO outcome_touches (tenant, id, position, subject, offer, origin, type, item, at)
    SELECT tenant, id, position, subject, offer, origin, type, item, at FROM incoming
    WHERE position = 0 ORDER BY tenant, id
    ON CONFLICT DO NOTHING RETURNING tenant, id
  ), further AS (
    INSERT INTO outcome_touches (tenant, id, position, subject, offer, origin, type, item, at)
    SELECT tenant, id, position, subject, offer, origin, type, item, at FROM incoming JOIN first USING (tenant, id)
    WHERE position > 0
  )
  SELECT (SELECT count(*)::integer FROM incoming WHERE position = 0) AS known,
    (SELECT count(*)::integer FROM first) AS taken, 0 AS unnamed`;

const TAKE_PURCHASES = `
  WITH incoming AS (
    SELECT row.tenant, purchase, position, subject, item, quantity, "revenueMicros" AS revenue_micros, currency,
      row.offer IS NOT NULL AND known.code IS NULL AS unnamed,
      CASE WHEN known.code IS NOT NULL THEN row.offer END AS offer, known.code AS origin, at
    FROM jsonb_to_recordset($1::jsonb) AS row (
      tenant text, purchase text, position integer, subject text, item text, quantity integer, "revenueMicros" bigint,
      currency text, offer text, origin text, at timestamptz)
    JOIN tenants ON tenants.id = row.tenant
    LEFT JOIN offer_origins AS known ON known.tenant = row.tenant AND known.code = row.origin
  ), first AS (
    INSERT INTO outcome_purchases
      (tenant, purchase, position, subject, item, quantity, revenue_micros, currency, offer, origin, at)
    SELECT tenant, purchase, position, subject, item, quantity, revenue_micros, currency, offer, origin, at FROM incoming
    WHERE position = 0 ORDER BY tenant, purchase
    ON CONFLICT DO NOTHING RETURNING tenant, purchase
  ), further AS (
    INSERT INTO outcome_purchases
      (tenant, purchase, position, subject, item, quantity, revenue_micros, currency, offer, origin, at)
    SELECT tenant, purchase, position, subject, item, quantity, revenue_micros, currency, offer, origin, at
    FROM incoming JOIN first USING (tenant, purchase)
    WHERE position > 0
  )
  SELECT (SELECT count(*)::integer FROM incoming WHERE position = 0) AS known,
    (SELECT count(*)::integer FROM incoming WHERE position = 0 AND unnamed) AS unnamed,
    (SELECT count(*)::integer FROM first) AS taken`;

const TENANTS_SINCE = `
  SELECT id FROM tenants
  WHERE EXISTS (SELECT FROM outcome_touches WHERE tenant = id AND at >= $1)
    OR EXISTS (SELECT FROM outcome_purchases WHERE tenant = id AND at >= $1)
  ORDER BY id`;

const removeBefore = (table: 'outcome_touches' | 'outcome_purchases'): string => `
  DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT old.ctid FROM tenants
    CROSS JOIN LATERAL (SELECT ctid FROM ${table} WHERE tenant = tenants.id AND at < $1 LIMIT $2) AS old
    LIMIT $2))`;
