import type { Placement, Tenant, TenantId } from '@offerstream/contracts';
import type { PromotedModels, ServingModel } from '@offerstream/decisioning';
import { Problem } from '@offerstream/http-api';

/**
 * The model that ranks: the one that is named, that of the placement, or without either that of the tenant's first placement.
 * Undefined where that is not promoted, or where there is none.
 *
 * @throws Problem `model-unknown`
 */
export const servingModel = (
  tenant: Tenant,
  models: PromotedModels,
  asked: { readonly name: string | undefined; readonly placement: Placement | undefined },
): ServingModel | undefined => {
  if (asked.name !== undefined) return namedModel(tenant.id, models, asked.name);
  const placement = asked.placement ?? tenant.placements[0];
  return placement === undefined ? models.of(tenant.id)[0] : models.get(tenant.id, placement.model);
};

const namedModel = (tenant: TenantId, models: PromotedModels, name: string): ServingModel => {
  const model = models.get(tenant, name);
  if (model !== undefined) return model;
  throw new Problem({
    status: 404,
    code: 'model-unknown',
    reason: `The tenant has no model ${name} promoted.`,
    fix: `Name one that it has: ${
      models
        .of(tenant)
        .map((each) => each.name)
        .join(', ') || 'it has none yet'
    }.`,
  });
};

/** The tenant's model of the first of these families that it has one of. */
export const modelOfFamily = (
  tenant: TenantId,
  models: PromotedModels,
  families: readonly string[],
): ServingModel | undefined => {
  const promoted = models.of(tenant);
  for (const family of families) {
    const model = promoted.find((each) => each.family === family);
    if (model !== undefined) return model;
  }
  return undefined;
};
