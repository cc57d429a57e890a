import type { ItemId, PromotedModel, TenantId } from '@offerstream/contracts';
import type { Change } from './change.js';
import { onDatabase } from './errors.js';
import type { PrismaClient, PromotedModel as PromotedModelRow } from './generated/client.js';
import { lockTenant } from './lock-tenant.js';
import { noteOrigins } from './offer-origins.js';

/** Most models of a tenant: the data plane holds everybody's in memory, and anybody may sign up. */
export const MAX_MODELS = 50;
/** The family whose models take new items. */
const EXTENDABLE = 'content';

export interface Extension extends Pick<PromotedModel, 'tenant' | 'name' | 'version' | 'promotedAt'> {
  /** The version that has to be the one that serves. */
  readonly extended: string;
}

/** Which version of each model serves; each change makes one record of the topic `models`. */
export class PromotedModels {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Promotes a version of an existing tenant's model. What is promoted already makes no record and keeps its time.
   *
   * @returns whether something changed; `too-many`: the tenant has {@link MAX_MODELS} others
   * @throws DatabaseUnavailable
   */
  async put(change: Change, model: PromotedModel): Promise<boolean | 'too-many'> {
    const { transaction } = change;
    const { tenant, name, version, family, popular, promotedAt } = model;
    await lockTenant(transaction, tenant);
    const others = await transaction.promotedModel.count({ where: { tenantId: tenant, name: { not: name } } });
    if (others >= MAX_MODELS) return 'too-many';
    const changed = await transaction.$executeRaw`
      WITH changed AS (
        INSERT INTO promoted_models AS stored (tenant, name, version, family, popular, promoted_at)
        VALUES (${tenant}, ${name}, ${version}, ${family}, ${popular}::text[], ${promotedAt}::timestamptz)
        ON CONFLICT (tenant, name) DO UPDATE SET
          version = EXCLUDED.version, family = EXCLUDED.family, popular = EXCLUDED.popular,
          promoted_at = EXCLUDED.promoted_at
        WHERE (stored.version, stored.family, stored.popular)
          IS DISTINCT FROM (EXCLUDED.version, EXCLUDED.family, EXCLUDED.popular)
        RETURNING name
      )
      INSERT INTO outbox (topic, key, value)
      SELECT 'models', ${`${tenant}:${name}`}, ${JSON.stringify(model)} FROM changed`;
    if (changed === 0) return false;
    await noteOrigins(transaction, tenant);
    await change.audit({ tenant, target: `model ${name}`, summary: { version, family } });
    return true;
  }

  /**
   * Puts a version in the place of the one that it extends, of a family that takes new items; family and popular items stay. Where it
   * serves already it keeps its time.
   *
   * @returns whether something changed; `replaced`: another one serves, or none
   * @throws DatabaseUnavailable
   */
  async extend(
    change: Change,
    { tenant, name, version, extended, promotedAt }: Extension,
  ): Promise<boolean | 'replaced' | 'too-many'> {
    const { transaction } = change;
    await lockTenant(transaction, tenant);
    const row = await transaction.promotedModel.findUnique({ where: { tenantId_name: { tenantId: tenant, name } } });
    if (row?.family !== EXTENDABLE || (row.version !== extended && row.version !== version)) return 'replaced';
    return this.put(change, { ...promotedModel(row), version, promotedAt });
  }

  /** @throws DatabaseUnavailable */
  get(tenant: TenantId, name: string): Promise<PromotedModel | undefined> {
    return onDatabase(async () => {
      const row = await this.prisma.promotedModel.findUnique({ where: { tenantId_name: { tenantId: tenant, name } } });
      return row === null ? undefined : promotedModel(row);
    });
  }

  /** By name, which begins with the tenant; of all tenants when none is given. @throws DatabaseUnavailable */
  list(
    tenant: TenantId | undefined,
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<{ readonly models: readonly PromotedModel[]; readonly next: string | undefined }> {
    return onDatabase(async () => {
      const rows = await this.prisma.promotedModel.findMany({
        where: {
          ...(tenant === undefined ? {} : { tenantId: tenant }),
          ...(page.after === undefined ? {} : { name: { gt: page.after } }),
        },
        orderBy: { name: 'asc' },
        take: page.limit + 1,
      });
      const models = rows.slice(0, page.limit).map(promotedModel);
      return { models, next: rows.length > page.limit ? models.at(-1)?.name : undefined };
    });
  }
}

const promotedModel = (row: PromotedModelRow): PromotedModel => ({
  tenant: row.tenantId as TenantId,
  name: row.name,
  version: row.version,
  family: row.family,
  popular: row.popular as ItemId[],
  promotedAt: row.promotedAt.toISOString(),
});
