import {
  addMonths,
  invoiceLines,
  monthEndMs,
  monthOf,
  monthStartMs,
  totalMicros,
  type InvoiceLine,
  type Month,
  type UsedMonth,
} from '@offerstream/billing';
import type { TenantId } from '@offerstream/contracts';
import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import type { Prisma, PrismaClient } from './generated/client.js';
import { planBefore, storedPlan, type StoredPlan } from './tenant-plan.js';

export interface Draft {
  readonly tenant: TenantId;
  readonly month: Month;
  /** The plan that the tenant had at the end of the month, or has now. */
  readonly plan: StoredPlan;
  readonly lines: readonly InvoiceLine[];
  readonly totalMicros: number;
}

export interface Invoice extends Draft {
  /** What was issued; undefined for a draft, which is what would be issued now. */
  readonly issued: { readonly number: number; readonly at: Date } | undefined;
}

/** For how many months, up to the last one invoiced, usage that comes late is still billed. */
export const LATE_MONTHS = 3;
/** "invo" in ASCII: the advisory lock of whoever issues. */
const ISSUE_LOCK = 0x696e766f;

/** Invoices: one a tenant and calendar month (UTC) in which something was used, or came late. Drafts follow the usage; issued ones never change. */
export class Invoices {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Of months before the given one, newest first.
   *
   * @param page `last`: the last month that may have begun
   * @throws DatabaseUnavailable
   */
  list(
    tenant: TenantId,
    page: { readonly last: Month; readonly before: Month | undefined; readonly limit: number },
  ): Promise<{ readonly invoices: readonly Invoice[]; readonly next: Month | undefined }> {
    return onDatabase(async () => {
      const { before, limit } = page;
      const drafts = (await draftsOf(this.prisma, tenant, page.last))
        .filter(({ month }) => before === undefined || month < before)
        .map((draft) => ({ ...draft, issued: undefined }));
      const rows = await this.prisma.invoice.findMany({
        where: { tenantId: tenant, ...(before === undefined ? {} : { month: { lt: before } }) },
        include: WITH_LINES,
        orderBy: { month: 'desc' },
        take: limit + 1,
      });
      const all = [...drafts.reverse(), ...rows.map(issuedInvoice)];
      const invoices = all.slice(0, limit);
      return { invoices, next: all.length > limit ? invoices.at(-1)?.month : undefined };
    });
  }

  /** Undefined when the tenant used nothing in that month. @throws DatabaseUnavailable */
  get(tenant: TenantId, month: Month, last: Month): Promise<Invoice | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.invoice.findUnique({
        where: { tenantId_month: { tenantId: tenant, month } },
        include: WITH_LINES,
      });
      if (row !== null) return issuedInvoice(row);
      const draft = (await draftsOf(this.prisma, tenant, last)).find((one) => one.month === month);
      return draft === undefined ? undefined : { ...draft, issued: undefined };
    });
  }

  /**
   * Tenants that used more of a meter than was billed, in a month up to the given one that an invoice can still take. It may be
   * that their plans name no price for it.
   *
   * @throws DatabaseUnavailable
   */
  due(last: Month): Promise<readonly TenantId[]> {
    return onDatabase(async () => {
      const rows = await this.prisma.$queryRaw<{ tenant: TenantId }[]>`
        SELECT tenant FROM (SELECT DISTINCT tenant FROM tenant_plans) AS planned
        CROSS JOIN LATERAL (
          SELECT max(month) AS month FROM invoices WHERE invoices.tenant = planned.tenant) AS issued
        CROSS JOIN LATERAL (
          SELECT coalesce(
            (to_date(issued.month, 'YYYY-MM') - make_interval(months => ${LATE_MONTHS - 1}::int)) AT TIME ZONE 'UTC',
            '-infinity') AS hour) AS first
        WHERE (issued.month < ${last}) IS NOT FALSE AND EXISTS (
          SELECT FROM (
            SELECT to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM') AS month, meter, units FROM usage_counts
            WHERE tenant = planned.tenant AND hour >= first.hour AND hour < ${new Date(monthEndMs(last))}) AS used
          GROUP BY month, meter
          HAVING sum(units) > (
            SELECT coalesce(sum(units), 0) FROM invoice_lines
            WHERE tenant = planned.tenant AND used_in = used.month AND meter = used.meter))
        ORDER BY tenant`;
      return rows.map(({ tenant }) => tenant);
    });
  }

  /**
   * Issues the tenant's oldest draft of months up to the given one; undefined when there is none. Instances that race issue each
   * once, and the numbers have no gaps.
   *
   * @throws DatabaseUnavailable
   */
  async issueNext(change: Change, tenant: TenantId, last: Month): Promise<Invoice | undefined> {
    const { transaction, at } = change;
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${ISSUE_LOCK})`;
    const [draft] = await draftsOf(transaction, tenant, last);
    if (draft === undefined) return undefined;
    const [counter] = await transaction.$queryRaw<{ last: number }[]>`
      UPDATE invoice_numbers SET last = last + 1 RETURNING last`;
    const number = (counter as { readonly last: number }).last;
    const { month, plan, lines } = draft;
    await transaction.invoice.create({
      data: {
        tenantId: tenant,
        month,
        number,
        planId: plan.id,
        planVersion: plan.version,
        totalMicros: draft.totalMicros,
        issued: at,
      },
    });
    await transaction.invoiceLine.createMany({
      data: lines.map(({ month: usedIn, meter, units, included, amountMicros }, position) => ({
        tenantId: tenant,
        month,
        position,
        usedIn,
        meter,
        units,
        included,
        amountMicros,
      })),
    });
    await change.audit({
      tenant,
      target: `invoice ${month}`,
      summary: { number, totalMicros: draft.totalMicros, currency: plan.currency },
    });
    return { ...draft, issued: { number, at } };
  }
}

const WITH_LINES = {
  lines: { orderBy: { position: 'asc' } },
  plan: true,
} as const satisfies Prisma.InvoiceInclude;

const issuedInvoice = (row: Prisma.InvoiceGetPayload<{ include: { lines: true; plan: true } }>): Invoice => ({
  tenant: row.tenantId as TenantId,
  month: row.month as Month,
  plan: storedPlan(row.plan),
  lines: row.lines.map(({ usedIn, meter, units, included, amountMicros }) => ({
    month: usedIn as Month,
    meter,
    units: Number(units),
    included: Number(included),
    amountMicros: Number(amountMicros),
  })),
  totalMicros: Number(row.totalMicros),
  issued: { number: row.number, at: row.issued },
});

type UnitsByMonth = ReadonlyMap<Month, Readonly<Record<string, number>>>;

/**
 * What is not issued of months up to the given one, oldest first. Usage that came after its month was issued, or passed over for
 * want of usage, belongs to the oldest draft.
 */
const draftsOf = async (reader: Prisma.TransactionClient, tenant: TenantId, last: Month): Promise<readonly Draft[]> => {
  const lastIssued = await reader.invoice.findFirst({ where: { tenantId: tenant }, orderBy: { month: 'desc' } });
  const open = lastIssued === null ? await firstToBill(reader, tenant) : addMonths(lastIssued.month as Month, 1);
  if (open === undefined || open > last) return [];
  const from = addMonths(open, -LATE_MONTHS);
  const used = await usedSince(reader, tenant, from);
  const billed = await billedSince(reader, tenant, from);
  const priced = async (month: Month): Promise<(UsedMonth & { readonly plan: StoredPlan }) | undefined> => {
    const assigned = await planBefore(reader, tenant, new Date(monthEndMs(month)));
    if (assigned === undefined) return undefined;
    return { month, plan: assigned.plan, used: used.get(month) ?? {}, billed: billed.get(month) ?? {} };
  };
  const late: UsedMonth[] = [];
  for (let month = from; month < open; month = addMonths(month, 1)) {
    const one = await priced(month);
    if (one !== undefined) late.push(one);
  }
  const drafts: Draft[] = [];
  for (let month = open; month <= last; month = addMonths(month, 1)) {
    const own = await priced(month);
    if (own === undefined) continue;
    const lines = invoiceLines(drafts.length === 0 ? [own, ...late] : [own]);
    if (lines.length > 0) drafts.push({ tenant, month, plan: own.plan, lines, totalMicros: totalMicros(lines) });
  }
  return drafts;
};

/** No month before has both a plan and usage. */
const firstToBill = async (reader: Prisma.TransactionClient, tenant: TenantId): Promise<Month | undefined> => {
  const used = await reader.usageCount.findFirst({ where: { tenant }, orderBy: { hour: 'asc' } });
  const planned = await reader.tenantPlan.findFirst({ where: { tenantId: tenant }, orderBy: { since: 'asc' } });
  if (used === null || planned === null) return undefined;
  return monthOf(Math.max(used.hour.getTime(), planned.since.getTime()));
};

const usedSince = async (reader: Prisma.TransactionClient, tenant: TenantId, from: Month): Promise<UnitsByMonth> =>
  byMonth(
    await reader.$queryRaw`
      SELECT to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM') AS month, meter, sum(units)::float8 AS units FROM usage_counts
      WHERE tenant = ${tenant} AND hour >= ${new Date(monthStartMs(from))} GROUP BY 1, 2`,
  );

const billedSince = async (reader: Prisma.TransactionClient, tenant: TenantId, from: Month): Promise<UnitsByMonth> =>
  byMonth(
    await reader.$queryRaw`
      SELECT used_in AS month, meter, sum(units)::float8 AS units FROM invoice_lines
      WHERE tenant = ${tenant} AND used_in >= ${from} GROUP BY 1, 2`,
  );

const byMonth = (rows: readonly { month: Month; meter: string; units: number }[]): UnitsByMonth => {
  const months = new Map<Month, Record<string, number>>();
  for (const { month, meter, units } of rows) months.set(month, { ...months.get(month), [meter]: units });
  return months;
};
