import { ACTION, type ItemId, type SubjectId, type Tenant } from '@offerstream/contracts';
import { habitOf, type Habit } from '@offerstream/search';
import type { GatewayTables } from '../gateway-tables.js';
import type { RankItems } from '../recommendations/rank-items.js';
import { servingModel } from '../serving-models.js';
import type { Shoppers } from '../shoppers.js';

/** How much a shopper is drawn to some items, and who says so. */
export interface ModelledTaste {
  readonly model: { readonly name: string; readonly version: string } | null;
  /** Undefined where nothing is known of the shopper, or by no model. */
  readonly affinity: ((item: ItemId) => number) | undefined;
}

export interface TasteParts {
  readonly tables: Pick<GatewayTables, 'models' | 'shop'>;
  readonly shoppers: Pick<Shoppers, 'profile'>;
  readonly rankItems: Pick<RankItems, 'rank'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const UNKNOWN: ModelledTaste = { model: null, affinity: undefined };

/** What a shopper is drawn to: by the model that ranks recommendations, or by what they have touched before. */
export class Taste {
  constructor(private readonly parts: TasteParts) {}

  /** Without an answer of the model, nobody has any taste. */
  async forItems(tenant: Tenant, subject: SubjectId | undefined, items: readonly ItemId[]): Promise<ModelledTaste> {
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

  /** Needs no model, and so no time: it is asked for with every key that is pressed. */
  async habit(tenant: Tenant, subject: SubjectId): Promise<Habit> {
    const { tables, shoppers, nowMs } = this.parts;
    const shop = tables.shop(tenant.id);
    const profile = await shoppers.profile(tenant.id, subject);
    const deeds = profile.history().flatMap(({ itemHash, action, timeSeconds }) => {
      const item = shop.item(itemHash);
      return item === undefined || action === ACTION.remove ? [] : [{ item: item.id, atMs: timeSeconds * 1_000 }];
    });
    return habitOf(deeds, nowMs());
  }
}
