import { originCode, STRATEGIES, type OfferOrigin, type PlacementId, type TenantId } from '@offerstream/contracts';
import type { Prisma, PrismaClient } from './generated/client.js';
import { lockTenant } from './lock-tenant.js';
import { inTransaction } from './transaction.js';

/**
 * Notes every origin that an offer of the tenant can have from now on, so that its code is readable also when the placement or the
 * version is gone. To be called in the transaction that changes placements or promoted models, with the tenant's row locked: else two
 * changes at once would each miss what the other adds.
 */
export const noteOrigins = async (transaction: Prisma.TransactionClient, tenant: TenantId): Promise<void> => {
  const placements = await transaction.placement.findMany({ where: { tenantId: tenant }, select: { id: true } });
  const models = await transaction.promotedModel.findMany({
    where: { tenantId: tenant },
    select: { name: true, version: true },
  });
  const origins = originsOf(
    placements.map(({ id }) => id as PlacementId),
    models,
  );
  await transaction.offerOrigin.createMany({
    data: origins.map((origin) => ({
      tenantId: tenant,
      code: originCode(tenant, origin),
      placement: origin.placement ?? null,
      model: origin.model?.name ?? null,
      version: origin.model?.version ?? null,
      strategy: origin.strategy,
    })),
    skipDuplicates: true,
  });
};

/** Notes the origins of tenants that are older than the table, and so have none yet. @throws DatabaseUnavailable */
export const noteMissingOrigins = async (prisma: PrismaClient): Promise<void> => {
  const tenants = await prisma.tenant.findMany({ where: { offerOrigins: { none: {} } }, select: { id: true } });
  for (const { id } of tenants) {
    await inTransaction(prisma, async (transaction) => {
      await lockTenant(transaction, id as TenantId);
      await noteOrigins(transaction, id as TenantId);
    });
  }
};

/** Any placement or none, with any model or none: a request may ask for a model that its placement does not name. */
const originsOf = (
  placements: readonly PlacementId[],
  models: readonly { readonly name: string; readonly version: string }[],
): readonly OfferOrigin[] =>
  [undefined, ...placements].flatMap((placement) =>
    [undefined, ...models].flatMap((model) => STRATEGIES.map((strategy) => ({ placement, model, strategy }))),
  );
