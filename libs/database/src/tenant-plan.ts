import { planSchema, type Plan } from '@offerstream/billing';
import type { TenantId } from '@offerstream/contracts';
import type { Plan as PlanRow, Prisma } from './generated/client.js';

export interface StoredPlan extends Plan {
  /** Of this plan; a version never changes. */
  readonly version: number;
}

export interface TenantPlan {
  readonly plan: StoredPlan;
  readonly since: Date;
}

type Reader = Pick<Prisma.TransactionClient, 'tenantPlan'>;

/** The plan that a tenant was given last; undefined for one that has had none. */
export const planNow = (reader: Reader, tenant: TenantId): Promise<TenantPlan | undefined> =>
  latest(reader, { tenantId: tenant });

/** The plan that a tenant had just before a moment. */
export const planBefore = (reader: Reader, tenant: TenantId, moment: Date): Promise<TenantPlan | undefined> =>
  latest(reader, { tenantId: tenant, since: { lt: moment } });

const latest = async (reader: Reader, where: Prisma.TenantPlanWhereInput): Promise<TenantPlan | undefined> => {
  const row = await reader.tenantPlan.findFirst({ where, orderBy: { since: 'desc' }, include: { plan: true } });
  return row === null ? undefined : { plan: storedPlan(row.plan), since: row.since };
};

export const storedPlan = ({ version, terms }: PlanRow): StoredPlan => ({ ...planSchema.parse(terms), version });
