import { ACTION, type ItemId, type SubjectId, type Tenant, type TenantId } from '@offerstream/contracts';
import type { Profile } from '@offerstream/profile';
import { habitOf, type PastDeed, type Typist } from '@offerstream/search';
import type { GatewayTables } from '../gateway-tables.js';
import type { RankItems } from '../recommendations/rank-items.js';
import { servingModel } from '../serving-models.js';
import type { Shoppers } from '../shoppers.js';

/** What is known of a shopper, and by which model. */
export interface ShopperTaste extends Typist {
  readonly model: { readonly name: string; readonly version: string } | null;
}

export interface TasteParts {
  readonly tables: Pick<GatewayTables, 'models' | 'shop'>;
  readonly shoppers: Pick<Shoppers, 'profile'>;
  readonly rankItems: Pick<RankItems, 'rank'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const UNKNOWN: ShopperTaste = { model: null };

/** What a shopper is drawn to: by the model that ranks recommendations, and by what they have touched before. */
export class Taste {
  constructor(private readonly parts: TasteParts) {}

  /** @param items that the model is asked about */
  async of(tenant: Tenant, subject: SubjectId | undefined, items: readonly ItemId[]): Promise<ShopperTaste> {
    const { tables, shoppers, rankItems, nowMs } = this.parts;
    if (subject === undefined || items.length === 0) return UNKNOWN;
    const profile = await shoppers.profile(tenant.id, subject);
    if (profile.historyLength === 0) return UNKNOWN;
    const habit = habitOf(this.deeds(tenant.id, profile), nowMs());
    const model = servingModel(tenant, tables.models, { name: undefined, placement: undefined });
    const ranked = await rankItems.rank({ tenant: tenant.id, model, profile, context: [], items });
    if (ranked.model === null) return { model: null, habit };
    const scores = new Map(ranked.items.map(({ item, score }) => [item, score ?? 0]));
    return { model: ranked.model, taste: (item) => scores.get(item) ?? 0, habit };
  }

  private deeds(tenant: TenantId, profile: Profile): PastDeed[] {
    const shop = this.parts.tables.shop(tenant);
    return profile.history().flatMap(({ itemHash: hash, action, timeSeconds }) => {
      const item = shop.item(hash);
      return item === undefined || action === ACTION.remove ? [] : [{ item: item.id, atMs: timeSeconds * 1_000 }];
    });
  }
}
