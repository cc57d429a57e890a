import {
  codesOfOfferId,
  offerId,
  type ItemId,
  type PlacementId,
  type Strategy,
  type SubjectId,
  type TenantId,
} from '@offerstream/contracts';
import { changed, openFreshDatabase, type FreshDatabase } from './fresh-database.fixture.js';
import type { NamedOffer, Purchase, Touch } from './outcomes.js';

export const SHOP = 'shop' as TenantId;
export const OTHER = 'other' as TenantId;
export const PLACEMENTS = ['home', 'cart'] as const;
export const DAY_MS = 86_400_000;
/** Midnight. */
export const START_MS = Date.UTC(2026, 2, 2);

/** Two shops with two placements each, whose model is at its second version. */
export const openShops = async (): Promise<FreshDatabase> => {
  const fresh = await openFreshDatabase();
  for (const tenant of [SHOP, OTHER]) {
    const placements = PLACEMENTS.map((id) => ({ id: id as PlacementId, model: 'm', slots: 10, validitySeconds: 600 }));
    await changed(fresh.database, (change) =>
      fresh.database.tenants.put(change, { id: tenant, consent: 'assumed', placements }),
    );
    for (const version of ['1', '2']) {
      const promotedAt = '2026-03-01T00:00:00.000Z';
      await changed(fresh.database, (change) =>
        fresh.database.promotedModels.put(change, {
          tenant,
          name: 'm',
          version,
          family: 'behaviour',
          popular: [] as ItemId[],
          promotedAt,
        }),
      );
    }
  }
  return fresh;
};

export interface OfferParts {
  readonly tenant?: TenantId;
  readonly placement?: string;
  readonly strategy?: Strategy;
  readonly version?: string;
}

/** @param moment tells offers of one origin apart */
export const offerTo = (subject: string, moment: string, parts: OfferParts = {}): NamedOffer => {
  const { tenant = SHOP, placement = 'home', strategy = 'personal', version = '2' } = parts;
  const origin = { placement: placement as PlacementId, model: { name: 'm', version }, strategy };
  const id = offerId(tenant, subject as SubjectId, moment, origin);
  return { id, origin: codesOfOfferId(id).origin };
};

/** @param at milliseconds after {@link START_MS} */
export const touch = (id: string, at: number, fields: Partial<Touch> = {}): Touch => {
  const subject = fields.subject ?? 'anna';
  return {
    tenant: SHOP,
    id,
    subject,
    offer: offerTo(subject, 'o1'),
    type: 'click',
    items: ['a'],
    at: new Date(START_MS + at),
    ...fields,
  };
};

/** One of an item `a` at ten euros. @param at milliseconds after {@link START_MS} */
export const purchase = (order: string, at: number, fields: Partial<Purchase> = {}): Purchase => ({
  tenant: SHOP,
  purchase: order,
  subject: 'anna',
  items: [{ item: 'a', quantity: 1, revenueMicros: 10_000_000 }],
  currency: 'EUR',
  offer: undefined,
  at: new Date(START_MS + at),
  ...fields,
});
