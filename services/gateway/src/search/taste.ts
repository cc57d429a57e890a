import type { ItemId, SubjectId, Tenant } from '@offerstream/contracts';
import type { Affinity } from '@offerstream/search';
import type { GatewayTables } from '../gateway-tables.js';
import type { RankItems } from '../recommendations/rank-items.js';
import { servingModel } from '../serving-models.js';
import type { Shoppers } from '../shoppers.js';

/** How much a shopper is drawn to some items, and who says so. */
export interface ShopperTaste {
  readonly model: { readonly name: string; readonly version: string } | null;
  /** Undefined where nothing is known of the shopper, or by no model. */
  readonly affinity: Affinity | undefined;
}

export interface TasteParts {
  readonly tables: Pick<GatewayTables, 'models'>;
  readonly shoppers: Pick<Shoppers, 'profile'>;
  readonly rankItems: Pick<RankItems, 'rank'>;
}

const UNKNOWN: ShopperTaste = { model: null, affinity: undefined };

/** A shopper's taste, by the model that ranks recommendations. Without an answer of it, nobody has any. */
export class Taste {
  constructor(private readonly parts: TasteParts) {}

  async of(tenant: Tenant, subject: SubjectId | undefined, items: readonly ItemId[]): Promise<ShopperTaste> {
    const { tables, shoppers, rankItems } = this.parts;
    const model = servingModel(tenant, tables.models, { name: undefined, placement: undefined });
    if (subject === undefined || model === undefined || items.length === 0) return UNKNOWN;
    const profile = await shoppers.profile(tenant.id, subject);
    if (profile.historyLength === 0) return UNKNOWN;
    const ranked = await rankItems.rank({ tenant: tenant.id, model, profile, context: [], items });
    if (ranked.model === null) return UNKNOWN;
    const scores = new Map(ranked.items.map(({ item, score }) => [item, score ?? 0]));
    return { model: ranked.model, affinity: (item) => scores.get(item) ?? 0 };
  }
}
