import { isDeepStrictEqual } from 'node:util';
import { monthOf, monthStartMs, type Plan } from '@offerstream/billing';
import type { TenantId } from '@offerstream/contracts';
import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import { Prisma, type PrismaClient } from './generated/client.js';
import { lockTenant } from './lock-tenant.js';
import { publishTenant } from './tenant-record.js';
import { planNow, storedPlan, type StoredPlan, type TenantPlan } from './tenant-plan.js';

/** `conflict`: another version is the current one, none at all when it is undefined. */
export type PlanPut =
  | { readonly outcome: 'stored'; readonly plan: StoredPlan }
  | { readonly outcome: 'conflict'; readonly current: number | undefined };

/** `other-currency`: a tenant pays in one currency for ever, so that what comes late can be billed with what follows. */
export type AssignmentRefusal = 'unknown-tenant' | 'unknown-plan' | 'other-currency';

/** Plans, whose versions never change, and which of them tenants have. */
export class Plans {
  constructor(private readonly prisma: PrismaClient) {}

  /** The newest version of each, by id. @throws DatabaseUnavailable */
  list(): Promise<readonly StoredPlan[]> {
    return onDatabase(async () => {
      const rows = await this.prisma.plan.findMany({ distinct: ['id'], orderBy: [{ id: 'asc' }, { version: 'desc' }] });
      return rows.map(storedPlan);
    });
  }

  /** The newest version. @throws DatabaseUnavailable */
  get(id: string): Promise<StoredPlan | undefined> {
    return onDatabase(() => newest(this.prisma, id));
  }

  /**
   * Adds a version of a plan, unless it is the same as the newest. Tenants keep the version that they have.
   *
   * @param ifVersion the version that must be the newest; undefined: any, or none
   * @throws DatabaseUnavailable
   */
  async put(change: Change, plan: Plan, ifVersion?: number): Promise<PlanPut> {
    const { transaction, at } = change;
    await transaction.$executeRaw`LOCK TABLE plans IN SHARE ROW EXCLUSIVE MODE`;
    const known = await newest(transaction, plan.id);
    if (ifVersion !== undefined && known?.version !== ifVersion)
      return { outcome: 'conflict', current: known?.version };
    if (known !== undefined && isDeepStrictEqual(known, { ...plan, version: known.version })) {
      return { outcome: 'stored', plan: known };
    }
    const stored = { ...plan, version: (known?.version ?? 0) + 1 };
    await transaction.plan.create({ data: { id: plan.id, version: stored.version, terms: plan, created: at } });
    await change.audit({ tenant: undefined, target: `plan ${plan.id}`, summary: stored });
    return { outcome: 'stored', plan: stored };
  }

  /** The plan that a tenant has now; undefined for one without. @throws DatabaseUnavailable */
  ofTenant(tenant: TenantId): Promise<TenantPlan | undefined> {
    return onDatabase(() => planNow(this.prisma, tenant));
  }

  /** Gives a tenant the newest version of a plan, from now on. @throws DatabaseUnavailable */
  async assign(change: Change, tenant: TenantId, id: string): Promise<TenantPlan | AssignmentRefusal> {
    const { transaction, at } = change;
    if (!(await lockTenant(transaction, tenant))) return 'unknown-tenant';
    const plan = await newest(transaction, id);
    if (plan === undefined) return 'unknown-plan';
    const last = await planNow(transaction, tenant);
    if (last?.plan.id === plan.id && last.plan.version === plan.version) return last;
    if (last !== undefined && last.plan.currency !== plan.currency) return 'other-currency';
    // Never before what another instance, whose clock is ahead, has written.
    const since = last === undefined || last.since < at ? at : new Date(last.since.getTime() + 1);
    await transaction.tenantPlan.create({
      data: { tenantId: tenant, since, planId: plan.id, planVersion: plan.version },
    });
    await countWhatWasMetered(change, tenant, plan);
    await change.audit({
      tenant,
      target: `tenant ${tenant}`,
      summary: { plan: plan.id, version: plan.version, since: since.toISOString() },
    });
    await publishTenant(change, tenant);
    return { plan, since };
  }
}

const newest = async (
  transaction: Pick<Prisma.TransactionClient, 'plan'>,
  id: string,
): Promise<StoredPlan | undefined> => {
  const row = await transaction.plan.findFirst({ where: { id }, orderBy: { version: 'desc' } });
  return row === null ? undefined : storedPlan(row);
};

/** A meter that had no limit was not leased: what was used of it in this month counts against the limit that it gets. */
const countWhatWasMetered = async ({ transaction, at }: Change, tenant: TenantId, plan: Plan): Promise<void> => {
  const limited = Object.keys(plan.meters).filter((meter) => plan.meters[meter]?.limit !== null);
  const month = monthOf(at.getTime());
  await transaction.$executeRaw`
    INSERT INTO quotas AS stored (tenant, month, meter, used)
    SELECT tenant, ${month}, meter, sum(units) FROM usage_counts
    WHERE tenant = ${tenant} AND hour >= ${new Date(monthStartMs(month))} AND meter = ANY (${limited})
    GROUP BY tenant, meter ORDER BY meter
    ON CONFLICT (tenant, month, meter) DO UPDATE SET used = greatest(stored.used, EXCLUDED.used)`;
};
